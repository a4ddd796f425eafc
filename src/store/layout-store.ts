import { mkdir, readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Fault, type FaultWhere, isFault } from '../errors/fault.ts';
import type { Host } from '../host/host.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { type Digest, isDigest } from '../oci/digest.ts';
import { encodeDocument } from '../oci/encode.ts';
import { decodeLayout, ociLayout } from '../oci/layout.ts';
import type {
  ContentKey,
  ContentStore,
  ImageStore,
  LinkOptions,
  TagOptions,
  TakeOptions,
  TakeOutcome,
  WriteExpectation,
} from './content-store.ts';
import { describeManifest } from './describe-manifest.ts';
import { diskFault, systemCode } from './disk-fault.ts';
import { withFileLock } from './file-lock.ts';
import { IndexFile, malformed, readSmallFile, replaceFile } from './index-file.ts';
import { type Durability, LayoutBlobs } from './layout-blobs.ts';
import { checkExpected, emptyIndex, findImage, imageNames, nameImage, unnameImage } from './layout-index.ts';
import { layoutReferrers, referInLayout } from './layout-referrers.ts';
import { isTemporary } from './temporary-path.ts';
import { contentMissing } from './verify-content.ts';

export interface OpenLayoutOptions {
  readonly host: Host;
  /** Make the layout where there is none. Default: false, then a missing layout is a fault. */
  readonly create?: boolean;
  /** Default: `each`. */
  readonly durability?: Durability;
}

/**
 * Opens an OCI image layout directory. Several processes may write to it at once; one that is killed leaves it whole.
 * @throws {Fault} LAYOUT_MISSING, LAYOUT_MALFORMED, STORE_DENIED, STORE_FULL, STORE_LOCKED
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md
 */
export async function openLayout(directory: string, options: OpenLayoutOptions): Promise<LayoutStore> {
  const root = resolve(options.host.workingDirectory, directory);
  if (options.create === true) await createLayout(root, options.host);
  await checkLayout(root);
  return new LayoutStore(root, options);
}

/** Images in an OCI image layout directory; `openLayout` makes one. */
export class LayoutStore implements ImageStore {
  /** Absolute. */
  readonly directory: string;
  readonly where: FaultWhere;
  readonly #blobs: LayoutBlobs;
  readonly #index: IndexFile;

  constructor(directory: string, options: OpenLayoutOptions) {
    this.directory = directory;
    this.where = { path: directory };
    this.#blobs = new LayoutBlobs(directory, { host: options.host, durability: options.durability ?? 'each' });
    this.#index = new IndexFile(directory, options.host);
  }

  has(key: ContentKey): Promise<boolean> {
    return this.#blobs.has(key);
  }

  read(key: ContentKey): AsyncIterable<Uint8Array> {
    return this.#blobs.read(key);
  }

  readFrom(key: ContentKey, offset: number): AsyncIterable<Uint8Array> {
    return this.#blobs.readFrom(key, offset);
  }

  write(
    content: AsyncIterable<Uint8Array>,
    expected: WriteExpectation = {},
  ): Promise<{ digest: Digest; size: number }> {
    return this.#blobs.write(content, expected);
  }

  localPath(key: ContentKey): Promise<string | undefined> {
    return this.#blobs.path(key);
  }

  linkFrom(path: string, key: ContentKey, options: LinkOptions = {}): Promise<'linked' | 'copied'> {
    return this.#blobs.linkFrom(path, key, options);
  }

  async takeFrom(source: ContentStore, key: ContentKey, options: TakeOptions = {}): Promise<TakeOutcome | undefined> {
    if (await this.has(key)) return 'present';
    const path = await source.localPath?.(key);
    if (path === undefined) return undefined;
    const outcome = await this.linkFrom(path, key, options);
    options.onBytes?.(key.size);
    return outcome;
  }

  async resolve(tagOrDigest: string): Promise<Descriptor | undefined> {
    const entry = findImage(await this.#index.read(), tagOrDigest);
    if (entry !== undefined || !isDigest(tagOrDigest)) return entry;
    const size = await this.#blobs.sizeOf(tagOrDigest);
    return size === undefined ? undefined : describeManifest(this, { digest: tagOrDigest, size });
  }

  /** @throws {Fault} CONTENT_MISSING, TAG_MOVED, STORE_LOCKED, STORE_FULL, STORE_DENIED */
  async tag(tag: string, descriptor: Descriptor, options: TagOptions = {}): Promise<void> {
    if (!(await this.has(descriptor))) throw contentMissing(descriptor, `the layout "${this.directory}"`);
    await this.flush();
    await this.#index.update((index) => {
      checkExpected(index, tag, options);
      return nameImage(index, tag, { ...descriptor, whole: options.name });
    });
  }

  /** Takes a tag away; the content stays. Without the tag nothing happens. */
  async untag(tag: string): Promise<void> {
    await this.#index.update((index) => unnameImage(index, tag));
  }

  async tags(): Promise<readonly string[]> {
    return imageNames(await this.#index.read());
  }

  async referrers(subject: Digest): Promise<readonly Descriptor[]> {
    return layoutReferrers(this, await this.#index.read(), subject);
  }

  async refer(subject: Digest, referrer: Descriptor): Promise<void> {
    await this.#index.update((index) => referInLayout(this, index, { subject, referrer }));
  }

  /** Makes all that was written so far durable and seen by other processes. */
  flush(): Promise<void> {
    return this.#blobs.flush();
  }

  close(): Promise<void> {
    return this.flush();
  }

  discard(): Promise<void> {
    return this.#blobs.discard();
  }
}

async function createLayout(root: string, host: Host): Promise<void> {
  try {
    await mkdir(root, { recursive: true });
    const names = await readdir(root);
    if (names.includes('oci-layout') && names.includes('index.json')) return;
    const foreign = names.find((name) => !isOurs(name));
    if (foreign !== undefined) throw notEmpty(root, foreign);
  } catch (error) {
    throw diskFault(error, `make the OCI layout "${root}"`, root);
  }
  await withFileLock(join(root, '.index.lock'), { host }, async () => {
    const names = await readdir(root);
    if (!names.includes('oci-layout')) await replaceFile(join(root, 'oci-layout'), encodeDocument(ociLayout), host);
    if (!names.includes('index.json')) await replaceFile(join(root, 'index.json'), encodeDocument(emptyIndex), host);
  });
}

/** What a layout has, or what a process leaves that was killed while it made one. */
function isOurs(name: string): boolean {
  return (
    ['oci-layout', 'index.json', 'blobs', 'ingest'].includes(name) ||
    name.startsWith('.index.lock') ||
    isTemporary(name)
  );
}

function notEmpty(root: string, name: string): Fault {
  const message = `Cannot make an OCI layout in "${root}": the folder is not empty ("${name}"), expected an empty one or a layout`;
  return new Fault('LAYOUT_MALFORMED', message, {
    where: { path: root },
    hint: 'Name a folder that does not exist yet',
  });
}

async function checkLayout(root: string): Promise<void> {
  try {
    decodeLayout(await readSmallFile(join(root, 'oci-layout')));
  } catch (error) {
    const code = systemCode(error);
    if (isFault(error, 'DOCUMENT_MALFORMED')) throw malformed(join(root, 'oci-layout'), error);
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw diskFault(error, `open the OCI layout "${root}"`, root);
    const message = `Cannot open the OCI layout "${root}": it has no file oci-layout`;
    throw new Fault('LAYOUT_MISSING', message, { cause: error, where: { path: root } });
  }
}
