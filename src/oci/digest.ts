import { createHash } from 'node:crypto';
import { Fault } from '../errors/fault.ts';

/** The algorithms that are registered for OCI digests. https://github.com/opencontainers/image-spec/blob/v1.1.1/descriptor.md#registered-algorithms */
export type DigestAlgorithm = 'sha256' | 'sha512';

/** The name of content: `algorithm:hex`, lower case. */
export type Digest = `${DigestAlgorithm}:${string}`;

const hexLengths: Readonly<Record<DigestAlgorithm, number>> = { sha256: 64, sha512: 128 };

/** Whether a text is a digest with a registered algorithm and the right number of lower-case hex digits. */
export function isDigest(text: string): text is Digest {
  const [algorithm, hex, ...rest] = text.split(':');
  if ((algorithm !== 'sha256' && algorithm !== 'sha512') || hex === undefined || rest.length > 0) return false;
  return hex.length === hexLengths[algorithm] && /^[a-f0-9]+$/.test(hex);
}

/** Reads a digest. @throws {Fault} DIGEST_MALFORMED */
export function parseDigest(text: string): Digest {
  if (isDigest(text)) return text;
  throw new Fault(
    'DIGEST_MALFORMED',
    `Cannot read the digest "${text}": expected sha256: and 64, or sha512: and 128, hexadecimal digits`,
  );
}

/** The digest of bytes held in memory; sha256 unless told otherwise. */
export function digestOf(bytes: Uint8Array | string, algorithm: DigestAlgorithm = 'sha256'): Digest {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
}

export function digestAlgorithm(digest: Digest): DigestAlgorithm {
  return digest.startsWith('sha512:') ? 'sha512' : 'sha256';
}

/** The part after the colon. */
export function digestHex(digest: Digest): string {
  return digest.slice(digest.indexOf(':') + 1);
}
