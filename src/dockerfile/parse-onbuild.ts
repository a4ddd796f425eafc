import type { OnbuildInstruction } from './instruction.ts';
import { type InstructionRequest, parseFlags, refuse, requireWords, writtenOf } from './instruction-request.ts';
import { trimSpace } from './white-space.ts';

/**
 * `ONBUILD instruction`. https://docs.docker.com/reference/dockerfile/#onbuild
 * @throws {Fault} DOCKERFILE_SYNTAX for ONBUILD, FROM and MAINTAINER as triggers
 */
export function parseOnbuild(request: InstructionRequest): OnbuildInstruction {
  const [first = ''] = requireWords(request);
  parseFlags(request);
  const trigger = trimSpace(first).toUpperCase();
  if (trigger === 'ONBUILD') {
    throw refuse(request, "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed");
  }
  if (trigger === 'MAINTAINER' || trigger === 'FROM') {
    throw refuse(request, `${trigger} isn't allowed as an ONBUILD trigger`, first);
  }
  const { node } = request;
  const bodies = node.heredocs.map(({ name, content }) => `\n${content}${name}`);
  const expression = node.original.replace(/^[\t\n\f\r ]*ONBUILD[\t\n\f\r ]*/i, '') + bodies.join('');
  return { ...writtenOf(request), name: 'ONBUILD', expression };
}
