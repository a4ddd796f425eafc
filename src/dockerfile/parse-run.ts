import { csvFields } from './csv-fields.ts';
import { goQuote } from './go-quote.ts';
import type { RunInstruction, WrittenMount } from './instruction.ts';
import {
  type Flags,
  flagText,
  flagTexts,
  type InstructionRequest,
  parseFlags,
  refuse,
  writtenOf,
} from './instruction-request.ts';
import { commandLine } from './parse-command.ts';
import { parseDevice } from './run-device.ts';
import { atPlace } from './source-place.ts';

/**
 * `RUN [--mount=...]... [--network=...] [--security=...] [--device=...]... command`.
 * https://docs.docker.com/reference/dockerfile/#run
 * @throws {Fault} DOCKERFILE_SYNTAX, DOCKERFILE_FLAG_UNKNOWN
 */
export function parseRun(request: InstructionRequest): RunInstruction {
  const flags = parseFlags(request, { mount: 'texts', network: 'text', security: 'text', device: 'texts' });
  const devices = flagTexts(flags, 'device');
  atPlace(request.place, () => devices.map(parseDevice));
  return {
    ...writtenOf(request),
    name: 'RUN',
    command: commandLine(request),
    mounts: flagTexts(flags, 'mount').map((text) => writtenMount(request, text)),
    network: network(request, flags),
    security: security(request, flags),
    devices,
  };
}

/** A mount is understood when its instruction runs; only where it reads from must be known before. */
function writtenMount(request: InstructionRequest, text: string): WrittenMount {
  const { fields, problem } = csvFields(text);
  if (fields === undefined) throw refuse(request, `failed to parse csv mounts: ${problem}`, text);
  let from: string | undefined;
  for (const field of fields) {
    const [, key = '', value = ''] = /^([^=]*)=(.*)$/s.exec(field) ?? [];
    if (key.toLowerCase() !== 'from') continue;
    if (/\$./s.test(value)) {
      throw refuse(request, `'${key}' doesn't support variable expansion, define alias stage instead`, value);
    }
    from = value;
  }
  return from === undefined || from === '' ? { text } : { text, from };
}

function network(request: InstructionRequest, flags: Flags): RunInstruction['network'] {
  const mode = flags.get('network')?.[0] ?? 'default';
  if (mode === 'default' || mode === 'none' || mode === 'host') return mode;
  throw refuse(request, `invalid network mode ${goQuote(mode)}`, `--network=${mode}`);
}

function security(request: InstructionRequest, flags: Flags): RunInstruction['security'] {
  const mode = flags.get('security')?.[0] ?? 'sandbox';
  if (mode === 'sandbox' || mode === 'insecure') return mode;
  throw refuse(request, `security ${goQuote(mode)} is not valid`, flagText(flags, 'security'));
}
