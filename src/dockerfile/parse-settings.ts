import type {
  ArgDefinition,
  ArgInstruction,
  EnvInstruction,
  ExposeInstruction,
  KeyValue,
  LabelInstruction,
  MaintainerInstruction,
  StopsignalInstruction,
  UserInstruction,
  VolumeInstruction,
  WorkdirInstruction,
} from './instruction.ts';
import {
  type InstructionRequest,
  onlyWord,
  parseFlags,
  refuse,
  requireWords,
  writtenOf,
} from './instruction-request.ts';
import { trimSpace } from './white-space.ts';

/** @throws {Fault} DOCKERFILE_SYNTAX, DOCKERFILE_FLAG_UNKNOWN */
export function parseEnv(request: InstructionRequest): EnvInstruction {
  return { ...writtenOf(request), name: 'ENV', pairs: keyValues(request) };
}

/** @throws {Fault} DOCKERFILE_SYNTAX, DOCKERFILE_FLAG_UNKNOWN */
export function parseLabel(request: InstructionRequest): LabelInstruction {
  return { ...writtenOf(request), name: 'LABEL', pairs: keyValues(request) };
}

function keyValues(request: InstructionRequest): readonly KeyValue[] {
  parseFlags(request);
  const words = requireWords(request);
  const pairs: KeyValue[] = [];
  for (let i = 0; i < words.length; i += 3) {
    const [key = '', value = '', sign] = words.slice(i, i + 3);
    if (key === '') throw refuse(request, `${request.name} names can not be blank`);
    pairs.push({ key, value, spaced: sign === '' });
  }
  return pairs;
}

/**
 * `ARG name[=default]...`; as in BuildKit flags are not looked at.
 * @throws {Fault} DOCKERFILE_SYNTAX
 */
export function parseArg(request: InstructionRequest): ArgInstruction {
  const args = requireWords(request).map((word): ArgDefinition => {
    const [key = ''] = word.split('=', 1);
    if (key === '') throw refuse(request, 'ARG names can not be blank', word);
    return key.length === word.length ? { key } : { key, value: word.slice(key.length + 1) };
  });
  return { ...writtenOf(request), name: 'ARG', args };
}

/** @throws {Fault} DOCKERFILE_SYNTAX, DOCKERFILE_FLAG_UNKNOWN */
export function parseWorkdir(request: InstructionRequest): WorkdirInstruction {
  const path = onlyWord(request);
  parseFlags(request);
  return { ...writtenOf(request), name: 'WORKDIR', path };
}

/** @throws {Fault} DOCKERFILE_SYNTAX, DOCKERFILE_FLAG_UNKNOWN */
export function parseUser(request: InstructionRequest): UserInstruction {
  const user = onlyWord(request);
  parseFlags(request);
  return { ...writtenOf(request), name: 'USER', user };
}

/** @throws {Fault} DOCKERFILE_SYNTAX, DOCKERFILE_FLAG_UNKNOWN */
export function parseMaintainer(request: InstructionRequest): MaintainerInstruction {
  const maintainer = onlyWord(request);
  parseFlags(request);
  return { ...writtenOf(request), name: 'MAINTAINER', maintainer };
}

/**
 * `STOPSIGNAL signal`; as in BuildKit flags are not looked at.
 * @throws {Fault} DOCKERFILE_SYNTAX
 */
export function parseStopsignal(request: InstructionRequest): StopsignalInstruction {
  return { ...writtenOf(request), name: 'STOPSIGNAL', signal: onlyWord(request) };
}

/**
 * `EXPOSE port[/protocol]...`; the ports are in order of their text.
 * @throws {Fault} DOCKERFILE_SYNTAX, DOCKERFILE_FLAG_UNKNOWN
 */
export function parseExpose(request: InstructionRequest): ExposeInstruction {
  const ports = requireWords(request).toSorted();
  parseFlags(request);
  return { ...writtenOf(request), name: 'EXPOSE', ports };
}

/** @throws {Fault} DOCKERFILE_SYNTAX, DOCKERFILE_FLAG_UNKNOWN */
export function parseVolume(request: InstructionRequest): VolumeInstruction {
  const words = requireWords(request);
  parseFlags(request);
  const volumes = words.map(trimSpace);
  if (volumes.includes('')) throw refuse(request, 'VOLUME specified can not be an empty string');
  return { ...writtenOf(request), name: 'VOLUME', volumes };
}
