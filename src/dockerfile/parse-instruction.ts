import type { Instruction, InstructionName } from './instruction.ts';
import { type InstructionRequest, refuse, requestOf } from './instruction-request.ts';
import type { Node } from './node.ts';
import { parseCmd, parseEntrypoint, parseHealthcheck, parseShell } from './parse-command.ts';
import { parseFrom } from './parse-from.ts';
import { parseOnbuild } from './parse-onbuild.ts';
import { parseRun } from './parse-run.ts';
import {
  parseArg,
  parseEnv,
  parseExpose,
  parseLabel,
  parseMaintainer,
  parseStopsignal,
  parseUser,
  parseVolume,
  parseWorkdir,
} from './parse-settings.ts';
import { parseAdd, parseCopy } from './parse-transfer.ts';
import type { Place } from './source-place.ts';
import { suggestion } from './suggestion.ts';

const parsers = {
  ADD: parseAdd,
  ARG: parseArg,
  CMD: parseCmd,
  COPY: parseCopy,
  ENTRYPOINT: parseEntrypoint,
  ENV: parseEnv,
  EXPOSE: parseExpose,
  FROM: parseFrom,
  HEALTHCHECK: parseHealthcheck,
  LABEL: parseLabel,
  MAINTAINER: parseMaintainer,
  ONBUILD: parseOnbuild,
  RUN: parseRun,
  SHELL: parseShell,
  STOPSIGNAL: parseStopsignal,
  USER: parseUser,
  VOLUME: parseVolume,
  WORKDIR: parseWorkdir,
} as const satisfies Record<InstructionName, (request: InstructionRequest) => Instruction>;

/**
 * What a line of a Dockerfile means.
 * @throws {Fault} DOCKERFILE_INSTRUCTION_UNKNOWN, DOCKERFILE_FLAG_UNKNOWN, DOCKERFILE_SYNTAX
 */
export function parseInstruction(node: Node, place: Omit<Place, 'location'>): Instruction {
  const request = requestOf(node, { ...place, location: node.location });
  if (isInstructionName(request.name)) return parsers[request.name](request);
  const names = Object.keys(parsers);
  const lower = node.keyword === node.keyword.toLowerCase();
  const meant = suggestion(node.keyword, lower ? names.map((name) => name.toLowerCase()) : names);
  const reason = `unknown instruction: ${node.keyword}${meant}`;
  throw refuse(request, reason, { near: node.keyword, code: 'DOCKERFILE_INSTRUCTION_UNKNOWN' });
}

function isInstructionName(name: string): name is InstructionName {
  return Object.hasOwn(parsers, name);
}
