import type { Dockerfile } from './dockerfile.ts';
import type { StageInstruction } from './instruction.ts';
import { parseInstruction } from './parse-instruction.ts';
import { parseLines } from './parse-lines.ts';
import { placeFault, placeOf, sourceLines } from './source-place.ts';
import type { Stage } from './stage.ts';

/**
 * An ONBUILD trigger of a base image or base stage as an instruction of the stage that stands on it. Its location is the
 * stage's FROM; a fault inside of it shows the trigger itself.
 * @throws {Fault} DOCKERFILE_SYNTAX, DOCKERFILE_INSTRUCTION_UNKNOWN, DOCKERFILE_FLAG_UNKNOWN
 */
export function parseTrigger(expression: string, dockerfile: Dockerfile, stage: Stage): StageInstruction {
  const name = `ONBUILD trigger of ${stage.from.base}`;
  const { nodes } = parseLines(expression, name);
  const [node, ...others] = nodes;
  if (node === undefined || others.length > 0) throw refuse('onbuild trigger should be a single expression');
  const instruction = parseInstruction(node, { file: name, lines: sourceLines(expression) });
  if (instruction.name === 'FROM') throw refuse("FROM isn't allowed as an ONBUILD trigger");
  return { ...instruction, location: stage.from.location };

  function refuse(reason: string) {
    return placeFault(placeOf(dockerfile, stage.from), { action: `use the ${name}`, reason });
  }
}
