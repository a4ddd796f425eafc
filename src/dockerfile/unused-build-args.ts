import type { Dockerfile } from './dockerfile.ts';
import type { BuildInputs } from './global-scope.ts';
import type { StageInstruction } from './instruction.ts';
import { isProxyArg } from './proxy-environment.ts';

/** Build args that no ARG declares and that mean nothing by themselves, in the order given. */
export function unusedBuildArgs(
  dockerfile: Dockerfile,
  inputs: BuildInputs,
  instructions: readonly StageInstruction[],
): readonly string[] {
  const declared = new Set(Object.keys(inputs.platformArgs));
  declared.add('TARGETSTAGE').add('SOURCE_DATE_EPOCH');
  for (const instruction of [...dockerfile.metaArgs, ...instructions]) {
    if (instruction.name === 'ARG') for (const { key } of instruction.args) declared.add(key);
  }
  return Object.keys(inputs.buildArgs ?? {}).filter(
    (name) => !declared.has(name) && !isProxyArg(name) && !name.startsWith('BUILDKIT_'),
  );
}
