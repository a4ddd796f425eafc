import { goQuote } from './go-quote.ts';
import type { FromInstruction } from './instruction.ts';
import { flagText, type InstructionRequest, parseFlags, refuse, writtenOf } from './instruction-request.ts';

const stageName = /^[a-z][a-z0-9\-_.]*$/;

/**
 * `FROM [--platform=P] base [AS name]`. https://docs.docker.com/reference/dockerfile/#from
 * @throws {Fault} DOCKERFILE_SYNTAX, DOCKERFILE_FLAG_UNKNOWN
 */
export function parseFrom(request: InstructionRequest): FromInstruction {
  const [base = '', as, name, ...others] = request.words;
  const named = as?.toLowerCase() === 'as' && name !== undefined && others.length === 0;
  if (!named && request.words.length !== 1) throw refuse(request, 'FROM requires either one or three arguments');
  if (named && !stageName.test(name.toLowerCase())) {
    const reason = `invalid name for build stage: ${goQuote(name)}, name can't start with a number or contain symbols`;
    throw refuse(request, reason, name);
  }
  const platform = flagText(parseFlags(request, { platform: 'text' }), 'platform');
  return {
    ...writtenOf(request),
    name: 'FROM',
    base,
    ...(platform === undefined ? {} : { platform }),
    ...(named ? { stageName: name.toLowerCase() } : {}),
  };
}
