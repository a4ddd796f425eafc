import { createHash } from 'node:crypto';
import type { Digest } from '../../oci/digest.ts';
import { isArchive, openStream } from './archive-sniff.ts';
import type { ModeChange } from './chmod.ts';
import { copyFiles } from './copy-files.ts';
import { type SelectionOptions, selectSource } from './copy-selection.ts';
import type { FileContent } from './file-content.ts';
import { type FileNode, type FileTree, rootNode } from './file-tree.ts';
import { type LayerChange, LayerTree } from './layer-tree.ts';
import type { Owner } from './owner.ts';
import { resolvePath } from './resolve-path.ts';
import type { TarFiles } from './tar-files.ts';
import { fingerprintLayer, layOutLayer, newestSeconds } from './tar-layer.ts';
import { unpackArchive } from './unpack-archive.ts';

/** How what a part brings is written into the image. */
export interface PlacementOptions {
  /** Absolute. */
  readonly destination: string;
  readonly owner?: Owner | undefined;
  readonly mode?: ModeChange | undefined;
  /** Unique among the parts of a step. */
  readonly scope: string;
}

/** One source of COPY or ADD, found and named by its content. */
export interface TransferPart {
  /** Equal keys bring equal files. */
  readonly key: string;
  /** The newest time among the files of the build context that it brings. */
  readonly newestSeconds?: number | undefined;
  /** Writes the files into the tree of the image. */
  readonly place: (target: LayerTree, options: PlacementOptions) => Promise<void>;
}

export interface TreePartOptions extends SelectionOptions {
  readonly source: string;
  /** Whether archives are unpacked. */
  readonly unpack: boolean;
  readonly tarFiles: TarFiles;
}

/**
 * Files of a folder on disk. Every one of them is named by its content, so that the key changes when a file does.
 * @throws {Fault} COPY_SOURCE_MISSING, CONTEXT_UNREADABLE, CONTEXT_CHANGED
 */
export async function contextPart(
  tree: FileTree,
  options: TreePartOptions,
  { epochSeconds, signal }: { readonly epochSeconds: number | undefined; readonly signal: AbortSignal },
): Promise<TransferPart> {
  const { paths, selection } = selectSource(tree, options.source, options);
  const hash = createHash('sha256');
  let newest: number | undefined;
  for (const path of paths) {
    // Each path is copied into an empty tree: what comes out names what goes in, wherever it will be written.
    const copied = new LayerTree();
    copyFiles(copied, { source: tree, path, destination: '/any/', contentsOnly: true, selection, inodeScope: '' });
    const changes = copied.changes();
    hash.update(`${path}\n${await fingerprintLayer(layOutLayer(changes, { epochSeconds }), signal)}\n`);
    newest = newerOf(newest, newestSeconds(changes.filter(isFile)));
  }
  return {
    key: `files ${hash.digest('hex')}`,
    newestSeconds: newest,
    place: placer(() => Promise.resolve(tree), options),
  };
}

/** Files of a stage or an image, which its chain names wholly; they are looked at only when they must be copied. */
export function imagePart(
  image: { readonly chain: string; readonly open: () => Promise<FileTree> },
  options: TreePartOptions,
): TransferPart {
  return { key: `image ${image.chain} ${options.source}`, place: placer(image.open, options) };
}

/** A single file that comes from neither: a heredoc or a download. It keeps its name where the destination is a directory. */
export interface SingleFile {
  readonly name: string;
  readonly node: FileNode;
  readonly digest: Digest;
  /** Given where it is unpacked if it is an archive. */
  readonly tarFiles?: TarFiles | undefined;
}

export function filePart({ name, node, digest, tarFiles }: SingleFile): TransferPart {
  const tree = singleFile(name, node);
  const key = `file ${JSON.stringify([name, node.mode, node.modifiedSeconds ?? null])} ${digest}`;
  if (tarFiles !== undefined) {
    const options = { source: name, unpack: true, tarFiles, exclude: [], parents: false };
    return { key, place: placer(() => Promise.resolve(tree), options) };
  }
  return {
    key,
    place: (target, { scope, ...options }) => {
      copyFiles(target, { ...options, source: tree, path: name, contentsOnly: false, inodeScope: scope });
      return Promise.resolve();
    },
  };
}

function placer(open: () => Promise<FileTree>, options: TreePartOptions): TransferPart['place'] {
  return async (target, placement) => {
    const tree = await open();
    const { paths, selection } = selectSource(tree, options.source, options);
    for (const [number, path] of paths.entries()) {
      const scope = `${placement.scope}.${number}`;
      const node = options.unpack ? tree.lookup(resolvePath(tree, path)) : undefined;
      if (node?.content !== undefined && (await isArchive(node.content, path))) {
        await unpack(
          target,
          { content: node.content, file: path },
          { ...placement, scope, tarFiles: options.tarFiles },
        );
      } else {
        const { destination, owner, mode } = placement;
        copyFiles(target, {
          source: tree,
          path,
          destination,
          owner,
          mode,
          contentsOnly: true,
          selection,
          inodeScope: scope,
        });
      }
    }
  };
}

async function unpack(
  target: LayerTree,
  { content, file }: { readonly content: FileContent; readonly file: string },
  { destination, owner, scope, tarFiles }: PlacementOptions & { readonly tarFiles: TarFiles },
): Promise<void> {
  const blob = { digest: await content.fingerprint(), file, open: () => openStream(content) };
  const { entries } = await tarFiles.index(blob);
  unpackArchive(target, {
    file,
    entries,
    content: (entry) => tarFiles.content(blob, entry),
    destination,
    owner,
    inodeScope: scope,
  });
}

/** The time of a folder changes with every temporary file in it, and says nothing of what is copied. */
function isFile(change: LayerChange): boolean {
  return change.kind === 'node' && change.node.type !== 'directory';
}

function singleFile(name: string, node: FileNode): FileTree {
  return {
    lookup: (path) => (path === '' ? rootNode : path === name ? node : undefined),
    children: (path) => (path === '' ? [name] : []),
  };
}

export function newerOf(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Math.max(a, b);
}
