import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import type { Dockerfile } from '../../dockerfile/dockerfile.ts';
import { parseDockerfile } from '../../dockerfile/parse-dockerfile.ts';
import { Fault } from '../../errors/fault.ts';
import type { Host } from '../../host/host.ts';
import type { OpenImage } from '../engine.ts';
import { BaseImages } from './base-images.ts';
import type { BuildCache } from './cache.ts';
import { unreadable } from './context-fault.ts';
import type { ContextTree } from './context-tree.ts';
import { Contexts } from './contexts.ts';
import { type Download, type DownloadOptions, download } from './download.ts';
import { FileSteps } from './file-step.ts';
import { ImageTrees } from './image-trees.ts';
import { LayerMaker } from './layer-maker.ts';
import { StepProgress } from './step-progress.ts';
import { TarFiles } from './tar-files.ts';
import type { TransferPart } from './transfer-part.ts';

/** A Dockerfile as it was found. */
export interface ReadDockerfile {
  readonly dockerfile: Dockerfile;
  /** When it was last changed, in whole seconds since 1970. */
  readonly modifiedSeconds: number;
}

/** What all cells of one build share, so that nothing is looked at, fetched or made twice. */
export class BuildSession {
  readonly host: Host;
  readonly cache: BuildCache;
  readonly contexts: Contexts;
  readonly tarFiles: TarFiles;
  readonly trees: ImageTrees;
  readonly steps: FileSteps;
  readonly bases: BaseImages;
  readonly progress: StepProgress;
  readonly #parts = new WeakMap<ContextTree, Map<string, Promise<TransferPart>>>();
  readonly #dockerfiles = new Map<string, ReadDockerfile>();
  readonly #downloads = new Map<string, Promise<Download>>();
  readonly #noted = new Set<string>();

  constructor(cache: BuildCache, { host, openImage }: { readonly host: Host; readonly openImage: OpenImage }) {
    this.host = host;
    this.cache = cache;
    this.contexts = new Contexts(cache);
    this.tarFiles = new TarFiles(cache, host);
    this.bases = new BaseImages(cache, { host, openImage });
    this.trees = new ImageTrees(cache, { tarFiles: this.tarFiles, bases: this.bases });
    this.steps = new FileSteps(new LayerMaker(cache, host), this.trees);
    this.progress = new StepProgress(host.emit);
  }

  /** @throws {Fault} DOCKERFILE_MISSING, CONTEXT_UNREADABLE and those of `parseDockerfile` */
  dockerfile(path: string): ReadDockerfile {
    const known = this.#dockerfiles.get(path);
    if (known !== undefined) return known;
    const { source, modifiedSeconds } = readSource(path);
    const read = { dockerfile: parseDockerfile(source, { file: basename(path) }), modifiedSeconds };
    this.#dockerfiles.set(path, read);
    return read;
  }

  /** What is taken out of a folder, found and named once for all platforms that take the same. */
  part(tree: ContextTree, key: string, find: () => Promise<TransferPart>): Promise<TransferPart> {
    const parts = this.#parts.get(tree) ?? new Map<string, Promise<TransferPart>>();
    this.#parts.set(tree, parts);
    const found = parts.get(key) ?? find();
    parts.set(key, found);
    return found;
  }

  /** @throws {Fault} DOWNLOAD_FAILED, CHECKSUM_MISMATCH */
  download(url: string, options: Pick<DownloadOptions, 'checksum' | 'onBytes'>): Promise<Download> {
    const key = `${options.checksum ?? ''} ${url}`;
    const known = this.#downloads.get(key);
    if (known !== undefined) return known;
    const fetching = download(url, { host: this.host, cache: this.cache, ...options });
    this.#downloads.set(key, fetching);
    return fetching;
  }

  /** Says something once, however many platforms have reason to. */
  warn(text: string, hint?: string): void {
    if (this.#noted.has(text)) return;
    this.#noted.add(text);
    this.host.emit({ kind: 'note', level: 'warning', text, ...(hint === undefined ? {} : { hint }) });
  }

  /** Keeps what was learnt for the next build. */
  save(): void {
    this.contexts.save();
  }
}

function readSource(path: string): { readonly source: string; readonly modifiedSeconds: number } {
  try {
    return { source: readFileSync(path, 'utf8'), modifiedSeconds: Math.floor(statSync(path).mtimeMs / 1000) };
  } catch (error) {
    if (error instanceof Error && 'code' in error && ['ENOENT', 'ENOTDIR', 'EISDIR'].includes(String(error.code))) {
      throw new Fault('DOCKERFILE_MISSING', `Cannot build "${path}": there is no such file, expected a Dockerfile`, {
        cause: error,
        where: { file: path },
      });
    }
    throw unreadable(path, error);
  }
}
