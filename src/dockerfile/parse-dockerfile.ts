import type { Dockerfile } from './dockerfile.ts';
import type { ArgInstruction, FromInstruction, StageInstruction } from './instruction.ts';
import { parseInstruction } from './parse-instruction.ts';
import { parseLines } from './parse-lines.ts';
import { placeFault, sourceLines } from './source-place.ts';
import type { Stage } from './stage.ts';

interface StageDraft {
  readonly from: FromInstruction;
  readonly instructions: StageInstruction[];
}

/**
 * Reads a Dockerfile as BuildKit does. Faults name file, line and column and show the line with a caret.
 * https://docs.docker.com/reference/dockerfile/
 * @throws {Fault} DOCKERFILE_SYNTAX, DOCKERFILE_INSTRUCTION_UNKNOWN, DOCKERFILE_FLAG_UNKNOWN, DOCKERFILE_EXPANSION
 */
export function parseDockerfile(source: string, options: { readonly file?: string } = {}): Dockerfile {
  const file = options.file ?? 'Dockerfile';
  const { nodes, escape, directives, warnings } = parseLines(source, file);
  const lines = sourceLines(source);
  const metaArgs: ArgInstruction[] = [];
  const stages: StageDraft[] = [];
  for (const node of nodes) {
    const instruction = parseInstruction(node, { file, lines });
    const stage = stages.at(-1);
    if (instruction.name === 'FROM') stages.push({ from: instruction, instructions: [] });
    else if (stage !== undefined) stage.instructions.push(instruction);
    else if (instruction.name === 'ARG') metaArgs.push(instruction);
    else {
      const place = { file, lines, location: node.location };
      const hint = 'Only ARG may stand before the first FROM';
      throw placeFault(place, { reason: 'no build stage in current context', hint });
    }
  }
  if (stages.length === 0) {
    const place = { file, lines, location: nodes.at(-1)?.location ?? { startLine: 1, endLine: 1 } };
    throw placeFault(place, { reason: 'dockerfile contains no stages to build', hint: 'Add a FROM' });
  }
  return { file, source, escape, directives, metaArgs, stages: stages.map(toStage), nodes, warnings };
}

function toStage({ from, instructions }: StageDraft, index: number): Stage {
  return { index, ...(from.stageName === undefined ? {} : { name: from.stageName }), from, instructions };
}
