import { posix } from 'node:path';
import { isRemote } from '../../dockerfile/describe-stage.ts';
import { Fault, isFault } from '../../errors/fault.ts';
import { didYouMean } from '../../errors/nearest.ts';
import { redactPatterns } from '../../errors/redact.ts';
import type { BuildSession } from './build-session.ts';
import type { ContextTree } from './context-tree.ts';
import type { ContextRequest } from './contexts.ts';
import { storedContent } from './held-content.ts';
import type { ImageState } from './image-state.ts';
import type { TransferInstruction } from './transfer.ts';
import { contextPart, filePart, imagePart, type TransferPart, type TreePartOptions } from './transfer-part.ts';
import { baseName, cleanPath, parentPath } from './tree-path.ts';
import { hasWildcard } from './wildcards.ts';

/** Finds a source of COPY or ADD where the instruction looks for it. */
export type SourceFinder = (source: string, instruction: TransferInstruction) => Promise<TransferPart>;

/** Looks in a folder; ADD also fetches what is elsewhere. */
export function folderFinder(
  session: BuildSession,
  request: ContextRequest,
  { epochSeconds }: { readonly epochSeconds: number | undefined },
): SourceFinder {
  return (source, instruction) => {
    if (isRemote(source)) return remotePart(source, instruction, session);
    refuseChecksum(instruction);
    const options = partOptions(source, instruction, session);
    const tree = session.contexts.open(request);
    const key = JSON.stringify([source, options.exclude, options.parents, options.unpack, epochSeconds ?? null]);
    return session.part(tree, key, async () => {
      try {
        return await contextPart(tree, options, { epochSeconds, signal: session.host.signal });
      } catch (error) {
        throw explained(error, tree, source);
      }
    });
  };
}

/** Looks in a stage or an image. */
export function imageFinder(session: BuildSession, open: () => Promise<ImageState>): SourceFinder {
  return async (source, instruction) => {
    const state = await open();
    const image = { chain: state.chain, open: () => session.trees.open(state) };
    return imagePart(image, partOptions(source, instruction, session));
  };
}

function partOptions(source: string, instruction: TransferInstruction, { tarFiles }: BuildSession): TreePartOptions {
  const unpack = instruction.name === 'ADD' && instruction.unpack !== false;
  const parents = instruction.name === 'COPY' && instruction.parents;
  return { source, exclude: instruction.exclude, parents, unpack, tarFiles };
}

async function remotePart(
  source: string,
  instruction: TransferInstruction,
  session: BuildSession,
): Promise<TransferPart> {
  const shown = redactPatterns(source);
  if (instruction.name === 'COPY') {
    throw new Fault('INSTRUCTION_UNUSABLE', `Cannot copy "${shown}": it is a URL, expected a path; ADD takes URLs`);
  }
  if (!/^https?:\/\//.test(source) || /\.git(?:[#?].*)?$/.test(source)) {
    throw new Fault('ADD_SOURCE_UNSUPPORTED', `Cannot add "${shown}": the embedded engine fetches no git repository`);
  }
  const { checksum } = instruction;
  if (checksum !== undefined && instruction.sources.length > 1) throw checksumFault('there are several sources');
  const { digest, sizeBytes, modifiedSeconds } = await session.download(source, { checksum });
  const content = storedContent(session.cache.store, digest, sizeBytes);
  const node = { type: 'file', mode: 0o600, uid: 0, gid: 0, modifiedSeconds, content } as const;
  const tarFiles = instruction.unpack === true ? session.tarFiles : undefined;
  return filePart({ name: fileNameOf(source), node, digest, tarFiles });
}

function fileNameOf(url: string): string {
  const name = posix.basename(decodeSafely(new URL(url).pathname));
  return name === '' || name === '.' || name === '..' ? '__unnamed__' : name;
}

function decodeSafely(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function refuseChecksum(instruction: TransferInstruction): void {
  if (instruction.name === 'ADD' && instruction.checksum !== undefined) throw checksumFault('the source is no URL');
}

function checksumFault(reason: string): Fault {
  return new Fault(
    'INSTRUCTION_UNUSABLE',
    `Cannot check --checksum: ${reason}, expected exactly one http or https URL`,
  );
}

/** Says why a source of the build context is not there, where that can be known. */
function explained(error: unknown, tree: ContextTree, source: string): unknown {
  if (!isFault(error, 'COPY_SOURCE_MISSING')) return error;
  const path = cleanPath(source);
  const { code, message, where, cause } = error;
  if (tree.isIgnored(path)) return new Fault(code, message, { where, cause, hint: '.dockerignore leaves it out' });
  const link = tree.lookup(path);
  if (link?.type === 'symlink') {
    const hint = `It is a symlink to "${link.linkTarget ?? ''}", which is not in the build context`;
    return new Fault(code, message, { where, cause, hint });
  }
  const meant = hasWildcard(path) ? '' : didYouMean(baseName(path), tree.children(parentPath(path)));
  return meant === '' ? error : new Fault(code, `${message}${meant}`, { where, cause });
}
