import type { Dockerfile } from './dockerfile.ts';
import { expandWord } from './expand-word.ts';
import type { ArgInstruction } from './instruction.ts';
import { atPlace, placeOf } from './source-place.ts';

/** What is given to a Dockerfile from outside. */
export interface BuildInputs {
  /** The stage to build. Default: the last. */
  readonly target?: string;
  /** The values of `--build-arg`. */
  readonly buildArgs?: Readonly<Record<string, string>>;
  /** Made by `platformArgs`. */
  readonly platformArgs: Readonly<Record<string, string>>;
  /** The names of `--build-context`. */
  readonly contexts?: readonly string[];
}

/**
 * The variables that FROM can use: the platform args, `TARGETSTAGE`, and the ARGs before the first FROM. A build arg
 * overrides each of them.
 * @throws {Fault} DOCKERFILE_EXPANSION with the place of the ARG
 */
export function globalScope(dockerfile: Dockerfile, inputs: BuildInputs): ReadonlyMap<string, string> {
  const given = new Map(Object.entries(inputs.buildArgs ?? {}));
  const stage = inputs.target ?? dockerfile.stages.at(-1)?.name;
  const scope = new Map<string, string>();
  for (const [name, value] of Object.entries({ ...inputs.platformArgs, TARGETSTAGE: stage ?? 'default' })) {
    scope.set(name, given.get(name) ?? value);
  }
  for (const instruction of dockerfile.metaArgs) {
    for (const { key, value } of instruction.args) {
      const settled = given.get(key) ?? (value === undefined ? undefined : expandDefault(instruction, value));
      if (settled !== undefined) scope.set(key, settled);
    }
  }
  return scope;

  function expandDefault(instruction: ArgInstruction, value: string): string {
    const place = placeOf(dockerfile, instruction);
    return atPlace(
      place,
      () => expandWord(value, (name) => scope.get(name), { escape: dockerfile.escape }).text,
      value,
    );
  }
}
