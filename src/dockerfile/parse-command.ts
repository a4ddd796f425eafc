import { parseDuration } from './duration.ts';
import { goQuote } from './go-quote.ts';
import type {
  CmdInstruction,
  CommandLine,
  EntrypointInstruction,
  Healthcheck,
  HealthcheckInstruction,
  ShellInstruction,
} from './instruction.ts';
import {
  type Flags,
  flagText,
  type InstructionRequest,
  parseFlags,
  refuse,
  requireWords,
  writtenOf,
} from './instruction-request.ts';

/** The command of RUN, CMD and ENTRYPOINT, in the form it was written in. */
export function commandLine({ node, words }: InstructionRequest): CommandLine {
  return { form: node.json ? 'exec' : 'shell', words: commandWords(words, node.json), heredocs: node.heredocs };
}

function commandWords(words: readonly string[], json: boolean): readonly string[] {
  return json || words.length === 0 ? words : [words.join(' ')];
}

/** @throws {Fault} DOCKERFILE_FLAG_UNKNOWN */
export function parseCmd(request: InstructionRequest): CmdInstruction {
  parseFlags(request);
  return { ...writtenOf(request), name: 'CMD', command: commandLine(request) };
}

/** @throws {Fault} DOCKERFILE_FLAG_UNKNOWN */
export function parseEntrypoint(request: InstructionRequest): EntrypointInstruction {
  parseFlags(request);
  return { ...writtenOf(request), name: 'ENTRYPOINT', command: commandLine(request) };
}

/** @throws {Fault} DOCKERFILE_SYNTAX where the shell is not a JSON array of at least one word */
export function parseShell(request: InstructionRequest): ShellInstruction {
  parseFlags(request);
  const words = requireWords(request);
  if (!request.node.json) throw refuse(request, 'SHELL requires the arguments to be in JSON form', words[0]);
  return { ...writtenOf(request), name: 'SHELL', words };
}

/**
 * `HEALTHCHECK [options] CMD command`, or `HEALTHCHECK NONE`. https://docs.docker.com/reference/dockerfile/#healthcheck
 * @throws {Fault} DOCKERFILE_SYNTAX, DOCKERFILE_FLAG_UNKNOWN
 */
export function parseHealthcheck(request: InstructionRequest): HealthcheckInstruction {
  const [type = '', ...words] = requireWords(request);
  const kind = type.toUpperCase();
  if (kind === 'NONE') {
    if (words.length > 0) throw refuse(request, 'HEALTHCHECK NONE takes no arguments', words[0]);
    return { ...writtenOf(request), name: 'HEALTHCHECK', check: { test: ['NONE'] } };
  }
  const flags = parseFlags(request, {
    interval: 'text',
    timeout: 'text',
    'start-period': 'text',
    'start-interval': 'text',
    retries: 'text',
  });
  if (kind !== 'CMD') throw refuse(request, `Unknown type ${goQuote(kind)} in HEALTHCHECK (try CMD)`, type);
  const command = commandWords(words, request.node.json);
  if (command.length === 0) throw refuse(request, 'Missing command after HEALTHCHECK CMD', type);
  const test = [request.node.json ? 'CMD' : 'CMD-SHELL', ...command];
  return { ...writtenOf(request), name: 'HEALTHCHECK', check: { test, ...timing(request, flags) } };
}

function timing(request: InstructionRequest, flags: Flags): Omit<Healthcheck, 'test'> {
  const intervalNs = duration(request, flags, 'interval');
  const timeoutNs = duration(request, flags, 'timeout');
  const startPeriodNs = duration(request, flags, 'start-period');
  const startIntervalNs = duration(request, flags, 'start-interval');
  const retries = retryCount(request, flags);
  return {
    ...(intervalNs === 0 ? {} : { intervalNs }),
    ...(timeoutNs === 0 ? {} : { timeoutNs }),
    ...(startPeriodNs === 0 ? {} : { startPeriodNs }),
    ...(startIntervalNs === 0 ? {} : { startIntervalNs }),
    ...(retries === 0 ? {} : { retries }),
  };
}

const shortestNs = 1_000_000;

function duration(request: InstructionRequest, flags: Flags, name: string): number {
  const text = flagText(flags, name);
  if (text === undefined) return 0;
  const parsed = parseDuration(text);
  if (parsed.problem !== undefined) throw refuse(request, parsed.problem, text);
  if (parsed.nanoseconds !== 0 && parsed.nanoseconds < shortestNs) {
    throw refuse(request, `Interval ${goQuote(name)} cannot be less than 1ms`, text);
  }
  return parsed.nanoseconds;
}

const mostRetries = 2 ** 31 - 1;

function retryCount(request: InstructionRequest, flags: Flags): number {
  const text = flagText(flags, 'retries');
  if (text === undefined) return 0;
  const count = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(count) || Math.abs(count) > mostRetries) {
    throw refuse(request, `--retries ${goQuote(text)} is not a whole number`, text);
  }
  if (count < 0) throw refuse(request, `--retries cannot be negative (${count})`, text);
  return count;
}
