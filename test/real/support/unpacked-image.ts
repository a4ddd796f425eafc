import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

interface LayoutDescriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly platform?: { readonly os: string; readonly architecture: string; readonly variant?: string };
}

/** An image as a foreign program (umoci) unpacks it: what a container would see. */
export interface UnpackedImage {
  /** One line a path: type, mode, uid, gid, content or target, extended attributes. */
  readonly tree: Readonly<Record<string, string>>;
  /** The image config without times. */
  readonly config: Readonly<Record<string, unknown>>;
}

/** Unpacks one platform of an OCI layout below `folder` and describes what lies there. */
export async function unpackImage(layout: string, platform: string, folder: string): Promise<UnpackedImage> {
  const index = readJson(join(layout, 'index.json')) as { readonly manifests: readonly LayoutDescriptor[] };
  const descriptor = findManifest(layout, index.manifests, platform);
  if (descriptor === undefined) throw new Error(`${layout} has no image for ${platform}`);
  const manifest = readBlob(layout, descriptor.digest) as { readonly config: LayoutDescriptor };
  const bundle = layOutAlone(layout, descriptor, folder);
  const root = join(folder, 'rootfs');
  await run('umoci', ['raw', 'unpack', '--image', `${bundle}:only`, root]);
  return { tree: await describeTree(root), config: withoutTimes(readBlob(layout, manifest.config.digest)) };
}

function findManifest(
  layout: string,
  entries: readonly LayoutDescriptor[],
  platform: string,
): LayoutDescriptor | undefined {
  for (const entry of entries) {
    if (entry.mediaType.includes('index') || entry.mediaType.includes('manifest.list')) {
      const inner = readBlob(layout, entry.digest) as { readonly manifests: readonly LayoutDescriptor[] };
      const found = findManifest(layout, inner.manifests, platform);
      if (found !== undefined) return found;
    } else if (platformOf(layout, entry) === platform) return entry;
  }
  return undefined;
}

function platformOf(layout: string, entry: LayoutDescriptor): string {
  const manifest = readBlob(layout, entry.digest) as { readonly config: LayoutDescriptor };
  const config = readBlob(layout, manifest.config.digest) as { os: string; architecture: string; variant?: string };
  return [config.os, config.architecture, ...(config.variant === undefined ? [] : [config.variant])].join('/');
}

/** A layout beside the given one that names the one image only; its blobs are the same files. */
function layOutAlone(layout: string, descriptor: LayoutDescriptor, folder: string): string {
  const alone = join(folder, 'alone');
  mkdirSync(alone, { recursive: true });
  symlinkSync(join(layout, 'blobs'), join(alone, 'blobs'));
  writeFileSync(join(alone, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  const { platform: _platform, ...rest } = descriptor;
  const entry = { ...rest, annotations: { 'org.opencontainers.image.ref.name': 'only' } };
  writeFileSync(join(alone, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [entry] }));
  return alone;
}

async function describeTree(root: string): Promise<Readonly<Record<string, string>>> {
  const attributes = await readAttributes(root);
  const paths = ['', ...readdirSync(root, { recursive: true, encoding: 'utf8' })].sort();
  return Object.fromEntries(paths.map((path) => [`/${path}`, describe(join(root, path), attributes.get(path) ?? '')]));
}

function describe(path: string, attributes: string): string {
  const { mode, uid, gid, size, nlink, rdev } = lstatSync(path);
  const kind = (mode & 0o170000).toString(8);
  const head = `${kind} ${(mode & 0o7777).toString(8)} ${uid}:${gid}`;
  const tail = attributes === '' ? '' : ` ${attributes}`;
  if (kind === '120000') return `${head} -> ${readlinkSync(path)}${tail}`;
  if (kind === '100000')
    return `${head} ${size} x${nlink} ${createHash('sha256').update(readFileSync(path)).digest('hex').slice(0, 16)}${tail}`;
  return kind === '40000' ? `${head}${tail}` : `${head} ${rdev}${tail}`;
}

async function readAttributes(root: string): Promise<ReadonlyMap<string, string>> {
  const { stdout } = await run('getfattr', ['-R', '-P', '-h', '-d', '-m', '-', '-e', 'hex', '.'], {
    cwd: root,
    maxBuffer: 1 << 26,
  });
  return new Map(
    stdout
      .split('\n\n')
      .filter((block) => block.startsWith('# file: '))
      .map((block) => {
        const [head = '', ...lines] = block.trim().split('\n');
        return [head.slice('# file: '.length), lines.sort().join(' ')];
      }),
  );
}

function withoutTimes(config: unknown): Readonly<Record<string, unknown>> {
  const {
    created: _created,
    history,
    rootfs,
    ...rest
  } = config as {
    readonly created?: string;
    readonly history?: readonly { readonly created?: string }[];
    readonly rootfs?: { readonly diff_ids?: readonly string[] };
  };
  return {
    ...rest,
    // BuildKit leaves empty lists out, against the specification.
    layerCount: rootfs?.diff_ids?.length ?? 0,
    history: (history ?? []).map(({ created: _created, ...entry }) => entry),
  };
}

function readBlob(layout: string, digest: string): unknown {
  return readJson(join(layout, 'blobs', ...digest.split(':')));
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}
