import { posix } from 'node:path';
import type { AddInstruction, CopyInstruction } from '../../dockerfile/instruction.ts';
import { Fault } from '../../errors/fault.ts';
import { digestOf } from '../../oci/digest.ts';
import { parseModeChange } from './chmod.ts';
import type { FileStep } from './file-step.ts';
import { memoryContent } from './held-content.ts';
import { resolveOwner } from './owner.ts';
import { filePart, newerOf, type TransferPart } from './transfer-part.ts';
import { cleanPath } from './tree-path.ts';

/** COPY or ADD with its words expanded. */
export type TransferInstruction = CopyInstruction | AddInstruction;

export interface TransferPlace {
  /** The working directory that a relative destination counts from. */
  readonly workingDirectory: string;
  /** When the Dockerfile was changed: the time of what is written in it. */
  readonly dockerfileSeconds: number;
}

/** Finds one source of the instruction. */
export type FindPart = (source: string) => Promise<TransferPart>;

export interface PreparedTransfer {
  readonly step: FileStep;
  /** The newest time among the files of the build context that it takes. */
  readonly newestSeconds: number | undefined;
}

/**
 * Makes COPY or ADD a step: what it brings is found and named, nothing is written yet.
 * @throws {Fault} COPY_SOURCE_MISSING, CHMOD_MALFORMED and those of `find`
 */
export async function prepareTransfer(
  instruction: TransferInstruction,
  place: TransferPlace,
  find: FindPart,
): Promise<PreparedTransfer> {
  const { chown, chmod, link, sources, inlineFiles } = instruction;
  const destination = absoluteDestination(instruction.destination, place.workingDirectory);
  const mode = chmod === undefined || chmod === '' ? undefined : parseModeChange(chmod);
  const parts: TransferPart[] = [];
  for (const source of sources) parts.push(await find(source));
  for (const { path, data } of inlineFiles) parts.push(inlinePart(path, data, place.dockerfileSeconds));
  const parents = instruction.name === 'COPY' && instruction.parents;
  const unpack = instruction.name === 'ADD' ? (instruction.unpack ?? null) : null;
  const kind = [instruction.name, destination, chown ?? '', chmod ?? '', instruction.exclude, parents, unpack];
  return {
    step: {
      operands: [...kind, parts.map(({ key }) => key)],
      // As BuildKit has it, a linked copy whose mode is changed is an ordinary one.
      usesBase: !(link && mode === undefined),
      apply: async (target, base) => {
        const owner = chown === undefined || chown === '' ? undefined : await resolveOwner(chown, base);
        for (const [number, part] of parts.entries()) {
          await part.place(target, { destination, owner, mode, scope: String(number) });
        }
      },
    },
    newestSeconds: parts.reduce<number | undefined>((newest, part) => newerOf(newest, part.newestSeconds), undefined),
  };
}

/** The line that BuildKit writes into the history. */
export function describeTransfer(instruction: TransferInstruction): string {
  const { name, chown, chmod, sources, inlineFiles, destination } = instruction;
  return [
    name,
    ...(instruction.name === 'COPY' && instruction.parents ? ['--parents'] : []),
    ...(chown === undefined || chown === '' ? [] : [`--chown=${chown}`]),
    ...(chmod === undefined || chmod === '' ? [] : [`--chmod=${chmod}`]),
    ...sources,
    ...inlineFiles.map(({ path }) => `<<${path}`),
    destination,
    '# buildkit',
  ].join(' ');
}

/** Keeps a slash, or `/.`, at the end: it asks for a directory. */
function absoluteDestination(written: string, workingDirectory: string): string {
  const path = written === '' || written === '.' ? './' : written;
  if (path.startsWith('/')) return path;
  const joined = posix.join('/', workingDirectory, path);
  return path.endsWith('/.') ? `${joined}/.` : joined;
}

function inlinePart(path: string, data: string, modifiedSeconds: number): TransferPart {
  const bytes = Buffer.from(data, 'utf8');
  const name = cleanPath(path);
  if (name === '' || name.includes('/')) {
    throw new Fault('INSTRUCTION_UNUSABLE', `Cannot write a heredoc to the file "${path}": it is no file name`);
  }
  const node = { type: 'file', mode: 0o644, uid: 0, gid: 0, modifiedSeconds, content: memoryContent(bytes) } as const;
  return filePart({ name, node, digest: digestOf(bytes) });
}
