import type { Digest } from '../../oci/digest.ts';
import { digestOf } from '../../oci/digest.ts';
import type { ContentStore } from '../../store/content-store.ts';
import type { FileContent } from './file-content.ts';

/** Bytes that are held in memory. */
export function memoryContent(bytes: Uint8Array): FileContent {
  return { sizeBytes: bytes.length, fingerprint: () => digestOf(bytes), open: () => bytes };
}

/** Content of a store. */
export function storedContent(store: ContentStore, digest: Digest, sizeBytes: number): FileContent {
  return { sizeBytes, fingerprint: () => digest, open: () => store.read({ digest, size: sizeBytes }) };
}
