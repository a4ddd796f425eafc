import { chompTabs, isHeredoc, parseHeredoc } from './heredoc.ts';
import type { AddInstruction, CopyInstruction, InlineFile, Transfer } from './instruction.ts';
import {
  type Flags,
  flagSwitch,
  flagText,
  flagTexts,
  type InstructionRequest,
  parseFlags,
  refuse,
  writtenOf,
} from './instruction-request.ts';

const sharedFlags = { chown: 'text', chmod: 'text', link: 'switch', exclude: 'texts' } as const;

/**
 * `COPY [flags] source... destination`. https://docs.docker.com/reference/dockerfile/#copy
 * @throws {Fault} DOCKERFILE_SYNTAX, DOCKERFILE_FLAG_UNKNOWN
 */
export function parseCopy(request: InstructionRequest): CopyInstruction {
  const paths = requirePaths(request);
  const flags = parseFlags(request, { ...sharedFlags, from: 'text', parents: 'switch' });
  const from = flagText(flags, 'from');
  return {
    ...transfer(request, paths, flags),
    name: 'COPY',
    ...(from === undefined ? {} : { from }),
    parents: flagSwitch(flags, 'parents') ?? false,
  };
}

/**
 * `ADD [flags] source... destination`. https://docs.docker.com/reference/dockerfile/#add
 * @throws {Fault} DOCKERFILE_SYNTAX, DOCKERFILE_FLAG_UNKNOWN
 */
export function parseAdd(request: InstructionRequest): AddInstruction {
  const paths = requirePaths(request);
  const flags = parseFlags(request, { ...sharedFlags, checksum: 'text', 'keep-git-dir': 'switch', unpack: 'switch' });
  const checksum = flagText(flags, 'checksum');
  const keepGitDir = flagSwitch(flags, 'keep-git-dir');
  const unpack = flagSwitch(flags, 'unpack');
  return {
    ...transfer(request, paths, flags),
    name: 'ADD',
    ...(checksum === undefined ? {} : { checksum }),
    ...(keepGitDir === undefined ? {} : { keepGitDir }),
    ...(unpack === undefined ? {} : { unpack }),
  };
}

interface Paths {
  readonly sources: readonly string[];
  readonly destination: string;
}

function requirePaths(request: InstructionRequest): Paths {
  const destination = request.words.at(-1);
  if (destination === undefined || request.words.length < 2) {
    const reason = `${request.name} requires at least two arguments, but only one was provided. Destination could not be determined`;
    throw refuse(request, reason);
  }
  return { sources: request.words.slice(0, -1), destination };
}

function transfer(request: InstructionRequest, { sources, destination }: Paths, flags: Flags): Transfer {
  if (isHeredoc(destination)) {
    throw refuse(request, `${request.name} cannot accept a heredoc as a destination`, destination);
  }
  const chown = flagText(flags, 'chown');
  const chmod = flagText(flags, 'chmod');
  return {
    ...writtenOf(request),
    sources: sources.filter((source) => !isHeredoc(source)),
    inlineFiles: sources.filter(isHeredoc).map((source) => inlineFile(request, source)),
    destination,
    ...(chown === undefined ? {} : { chown }),
    ...(chmod === undefined ? {} : { chmod }),
    link: flagSwitch(flags, 'link') ?? false,
    exclude: flagTexts(flags, 'exclude'),
  };
}

function inlineFile(request: InstructionRequest, source: string): InlineFile {
  const opening = parseHeredoc(source);
  const name = opening?.name ?? '';
  const body = request.node.heredocs.findLast((heredoc) => heredoc.name === name)?.content ?? '';
  return { path: name, data: opening?.chomp === true ? chompTabs(body) : body, expand: opening?.expand ?? false };
}
