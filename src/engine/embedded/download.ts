import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Fault } from '../../errors/fault.ts';
import { redactPatterns } from '../../errors/redact.ts';
import type { Host } from '../../host/host.ts';
import { isRecord } from '../../oci/decode.ts';
import { type Digest, digestAlgorithm, isDigest } from '../../oci/digest.ts';
import type { BuildCache } from './cache.ts';
import { request } from './http-request.ts';

/** What a URL gave. It lies in the store of the cache. */
export interface Download {
  readonly digest: Digest;
  readonly sizeBytes: number;
  /** From Last-Modified; 0 where the server does not say. */
  readonly modifiedSeconds: number;
}

interface DownloadRecord extends Download {
  readonly etag: string;
  readonly lastModified: string;
}

export interface DownloadOptions {
  readonly host: Host;
  readonly cache: BuildCache;
  /** What the content must hash to; then a copy in the cache is taken without asking the server. */
  readonly checksum?: string | undefined;
  readonly onBytes?: (doneBytes: number, totalBytes: number | undefined) => void;
}

const recordKind = 'downloads';
const attempts = 4;

/**
 * Fetches a URL into the cache, and only when the server has something newer than the cache.
 * @throws {Fault} DOWNLOAD_FAILED, CHECKSUM_MISMATCH, DIGEST_MALFORMED
 */
export async function download(url: string, options: DownloadOptions): Promise<Download> {
  const { cache, checksum } = options;
  const kept = await keptDownload(url, cache);
  if (checksum !== undefined && kept !== undefined && (await hasChecksum(kept, checksum, cache))) return kept;
  const fetched = await withRetries(url, options, () => fetchOnce(url, kept, options));
  if (checksum !== undefined && !(await hasChecksum(fetched, checksum, cache))) throw mismatch(url, fetched, checksum);
  return fetched;
}

async function withRetries<T>(url: string, { host }: DownloadOptions, work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      host.signal.throwIfAborted();
      const fault = error instanceof Fault ? error : failed(url, explain(error), { cause: error, retryable: true });
      if (!fault.retryable || attempt === attempts) throw fault;
      await host.clock.sleep(500 * 2 ** attempt, host.signal);
    }
  }
}

async function fetchOnce(
  url: string,
  kept: DownloadRecord | undefined,
  options: DownloadOptions,
): Promise<DownloadRecord> {
  const headers: Record<string, string> = { 'accept-encoding': 'identity' };
  if (kept?.etag !== undefined && kept.etag !== '') headers['if-none-match'] = kept.etag;
  else if (kept !== undefined && kept.lastModified !== '') headers['if-modified-since'] = kept.lastModified;
  const answer = await request(url, { headers, signal: options.host.signal });
  const status = answer.statusCode ?? 0;
  if (status === 304 && kept !== undefined) {
    answer.resume();
    return kept;
  }
  if (status < 200 || status >= 300) {
    answer.resume();
    throw failed(url, `the server answers ${status}`, { retryable: status >= 500 || status === 429 });
  }
  const { digest, size } = await options.cache.store.write(bodyOf(url, answer, options));
  const record = recordOf(answer, digest, size);
  options.cache.records.write(recordKind, url, record);
  return record;
}

async function* bodyOf(url: string, answer: IncomingMessage, { onBytes }: DownloadOptions): AsyncGenerator<Uint8Array> {
  const length = answer.headers['content-length'];
  const totalBytes = length === undefined ? undefined : Number(length);
  let doneBytes = 0;
  for await (const chunk of answer) {
    if (!(chunk instanceof Uint8Array)) continue;
    doneBytes += chunk.length;
    onBytes?.(doneBytes, totalBytes);
    yield chunk;
  }
  if (!answer.complete || (totalBytes !== undefined && doneBytes !== totalBytes)) {
    throw failed(url, `the answer ended after ${doneBytes} bytes`, { retryable: true });
  }
}

function recordOf({ headers }: IncomingMessage, digest: Digest, sizeBytes: number): DownloadRecord {
  const lastModified = headers['last-modified'] ?? '';
  const modifiedMs = Date.parse(lastModified);
  const modifiedSeconds = Number.isNaN(modifiedMs) ? 0 : Math.floor(modifiedMs / 1000);
  return { digest, sizeBytes, modifiedSeconds, etag: headers.etag ?? '', lastModified };
}

async function keptDownload(url: string, { records, store }: BuildCache): Promise<DownloadRecord | undefined> {
  const value = records.read(recordKind, url);
  if (!isDownloadRecord(value)) return undefined;
  const path = await store.localPath({ digest: value.digest, size: value.sizeBytes });
  if (path === undefined) return undefined;
  records.touch(path);
  return value;
}

function isDownloadRecord(value: unknown): value is DownloadRecord {
  if (!isRecord(value)) return false;
  const { digest, sizeBytes, modifiedSeconds, etag, lastModified } = value;
  const isNamed = typeof digest === 'string' && isDigest(digest) && typeof sizeBytes === 'number';
  return isNamed && typeof modifiedSeconds === 'number' && typeof etag === 'string' && typeof lastModified === 'string';
}

async function hasChecksum({ digest, sizeBytes }: Download, checksum: string, { store }: BuildCache): Promise<boolean> {
  if (!isDigest(checksum) || digestAlgorithm(checksum) === 'sha256') return digest === checksum;
  const hash = createHash('sha512');
  for await (const chunk of store.read({ digest, size: sizeBytes })) hash.update(chunk);
  return checksum === `sha512:${hash.digest('hex')}`;
}

function mismatch(url: string, { digest }: Download, checksum: string): Fault {
  const shown = redactPatterns(url);
  return new Fault('CHECKSUM_MISMATCH', `Cannot add "${shown}": its digest is ${digest}, expected ${checksum}`, {
    where: { reference: shown },
  });
}

function failed(
  url: string,
  reason: string,
  options: { readonly cause?: unknown; readonly retryable: boolean },
): Fault {
  const shown = redactPatterns(url);
  return new Fault('DOWNLOAD_FAILED', `Cannot download "${shown}": ${reason}`, {
    ...options,
    where: { reference: shown },
  });
}

function explain(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
