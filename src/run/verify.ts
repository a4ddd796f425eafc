import type { Host } from '../host/host.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { resolveImage } from '../store/resolve-image.ts';
import { allRules } from '../verify/all-rules.ts';
import type { Finding } from '../verify/finding.ts';
import { entryPlatform, imageEntries } from '../verify/image-facts.ts';
import { verifyImage } from '../verify/verify-image.ts';
import { type OpenedImage, withImage } from './open/open-read.ts';
import { readImageFacts } from './open/read-image-facts.ts';

export interface VerifyRequest {
  readonly image: string;
  /** The platforms it must have, and no others; empty: whatever it has. */
  readonly platforms: readonly string[];
  /** Globs of paths that may hold programs of another architecture. */
  readonly allowForeign: readonly string[];
}

export interface Verification {
  readonly image: string;
  readonly root: Descriptor;
  readonly platforms: readonly string[];
  readonly checks: readonly string[];
  readonly findings: readonly Finding[];
}

/** Reads an image whole and applies every rule to it. @throws {Fault} where its content is damaged or its place fails */
export async function verify(request: VerifyRequest, host: Host): Promise<Verification> {
  return withImage(request.image, host, (image) => verifyOpened(image, request, host));
}

async function verifyOpened(
  { store, reference }: OpenedImage,
  request: VerifyRequest,
  host: Host,
): Promise<Verification> {
  const root = await resolveImage(store, reference);
  const id = `verify/${request.image}`;
  host.emit({ kind: 'task-started', id, title: `read ${request.image}` });
  const facts = await readImageFacts(store, root);
  host.emit({ kind: 'task-ended', id, outcome: 'done' });
  const findings = verifyImage(facts, {
    allowForeign: request.allowForeign,
    ...(request.platforms.length === 0 ? {} : { platforms: request.platforms }),
  });
  return {
    image: request.image,
    root,
    platforms: imageEntries(facts).map(entryPlatform),
    checks: allRules.map(({ name }) => name),
    findings,
  };
}
