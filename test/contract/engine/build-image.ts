import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { readLayer } from '../../../src/archive/layer-reader.ts';
import { createEmbeddedEngine } from '../../../src/engine/embedded/engine.ts';
import type { CellResult, OpenImage } from '../../../src/engine/engine.ts';
import type { Fault } from '../../../src/errors/fault.ts';
import { decodeConfig, type ImageConfig } from '../../../src/oci/image-config.ts';
import type { Cell, Recipe } from '../../../src/plan/cell.ts';
import type { Part } from '../../../src/plan/part.ts';
import { readBytes } from '../../../src/store/collect-content.ts';
import type { ImageStore } from '../../../src/store/content-store.ts';
import { type FakeHost, fakeHost } from '../../support/fake-host.ts';

/** A file by its text, `['link', target]`, `['dir', mode]` or `['file', text, mode]`. */
export type ContextEntry =
  | string
  | Uint8Array
  | readonly ['link', string]
  | readonly ['dir', number]
  | readonly ['file', string, number];
export type ContextFiles = Readonly<Record<string, ContextEntry>>;

/** The time of every file that `layOut` writes. */
export const fileTime = new Date('2024-05-06T07:08:09Z');

/** Writes files below a folder, all with one time. */
export function layOut(folder: string, files: ContextFiles): void {
  for (const [path, entry] of Object.entries(files)) {
    const place = join(folder, path);
    mkdirSync(dirname(place), { recursive: true });
    if (typeof entry === 'string' || entry instanceof Uint8Array) writeFileSync(place, entry);
    else if (entry[0] === 'link') symlinkSync(entry[1], place);
    else if (entry[0] === 'dir') mkdirSync(place, { recursive: true });
    else writeFileSync(place, entry[1]);
    if (Array.isArray(entry) && entry[0] !== 'link') chmodSync(place, entry.at(-1) as number);
  }
  const folders = Object.keys(files).flatMap((path) => foldersOf(path));
  for (const path of [...new Set([...Object.keys(files), ...folders])].sort().reverse()) {
    const entry = files[path];
    if (!Array.isArray(entry) || entry[0] !== 'link') utimesSync(join(folder, path), fileTime, fileTime);
  }
}

function foldersOf(path: string): readonly string[] {
  const folder = dirname(path);
  return folder === '.' ? [] : [...foldersOf(folder), folder];
}

export interface BuildRequest {
  readonly platforms?: readonly string[];
  readonly recipe?: Partial<Recipe>;
  readonly cells?: readonly Cell[];
  readonly host?: FakeHost;
  readonly openImage?: OpenImage;
}

export interface BuildOutcome {
  readonly results: readonly CellResult[];
  readonly parts: readonly Part[];
  readonly faults: readonly Fault[];
  readonly store: ImageStore;
  readonly host: FakeHost;
}

/** A temporary folder with a build context and a cache. */
export class Workshop {
  readonly folder = mkdtempSync(join(tmpdir(), 'polyarch-engine-'));
  readonly context = join(this.folder, 'context');
  cache = join(this.folder, 'cache');

  constructor(files: ContextFiles = {}) {
    mkdirSync(this.context);
    layOut(this.context, files);
  }

  /** Writes the Dockerfile and builds it. */
  async build(dockerfile: string, request: BuildRequest = {}): Promise<BuildOutcome> {
    layOut(this.context, { Dockerfile: dockerfile });
    return this.rebuild(request);
  }

  async rebuild(request: BuildRequest = {}): Promise<BuildOutcome> {
    const host = request.host ?? fakeHost();
    const results: CellResult[] = [];
    const { store } = await createEmbeddedEngine().build(request.cells ?? this.cells(request), {
      host,
      cacheDirectory: this.cache,
      builders: [],
      runFolder: this.cache,
      openImage: request.openImage ?? (() => Promise.resolve(undefined)),
      onResult: (result) => results.push(result),
    });
    const parts = results.flatMap((result) => (result.kind === 'built' ? [result.part] : []));
    const faults = results.flatMap((result) => (result.kind === 'failed' ? [result.fault] : []));
    return { results, parts, faults, store, host };
  }

  cells({ platforms = ['linux/amd64'], recipe = {} }: BuildRequest, image = 'app'): readonly Cell[] {
    return platforms.map((platform) => ({
      id: `${image}/${platform}`,
      image,
      variant: '',
      platform,
      optional: false,
      builder: 'here',
      route: { kind: 'assembled', reason: 'test' },
      limits: { retryCount: 0 },
      recipe: { ...this.recipe(), ...recipe },
    }));
  }

  recipe(): Recipe {
    return {
      context: this.context,
      dockerfile: join(this.context, 'Dockerfile'),
      args: {},
      contexts: {},
      labels: {},
      annotations: {},
      compression: { type: 'gzip', level: 1 },
      noCache: false,
      pull: false,
      secrets: [],
      ssh: [],
    };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export async function configOf({ store }: Pick<BuildOutcome, 'store'>, part: Part): Promise<ImageConfig> {
  return decodeConfig(await readBytes(store, part.config));
}

/** The entries of one layer: `usr/bin/tool` -> `file 755 0:0 text`. */
export async function layerOf(
  { store }: Pick<BuildOutcome, 'store'>,
  part: Part,
  number: number,
): Promise<Record<string, string>> {
  const { descriptor } = part.layers.at(number) ?? {};
  if (descriptor === undefined) throw new Error(`there is no layer ${number}`);
  const entries: Record<string, string> = {};
  for await (const { entry, content } of readLayer(store.read(descriptor), descriptor.mediaType)) {
    const pieces: Uint8Array[] = [];
    for await (const piece of content) pieces.push(piece);
    const owner = `${entry.mode.toString(8)} ${entry.uid}:${entry.gid}`;
    const target =
      entry.type === 'symlink' ? `-> ${entry.linkTarget}` : entry.type === 'hardlink' ? `= ${entry.linkTarget}` : '';
    const text = entry.type === 'file' ? Buffer.concat(pieces).toString('utf8') : target;
    entries[entry.path] = `${entry.type === 'directory' ? 'dir' : entry.type} ${owner} ${text}`.trim();
  }
  return entries;
}

/** The files of an image after all its layers. */
export async function treeOf(outcome: Pick<BuildOutcome, 'store'>, part: Part): Promise<Record<string, string>> {
  let tree: Record<string, string> = {};
  for (const number of part.layers.keys()) tree = { ...tree, ...(await layerOf(outcome, part, number)) };
  return tree;
}

/** The only part of a build that must succeed. */
export function onlyPart({ parts, faults }: BuildOutcome): Part {
  const [part] = parts;
  if (part === undefined || parts.length !== 1) throw faults[0] ?? new Error(`${parts.length} parts were built`);
  return part;
}
