import { type Digest, digestOf } from '../oci/digest.ts';
import type { Cell, Recipe } from './cell.ts';

/** Everything that decides the bytes of a part, as it was found. */
export interface InputFacts {
  /** The engine with its version. */
  readonly engine: string;
  /** See `canonicalDockerfile`. */
  readonly dockerfile: string;
  /** What a selection of the build context comes to, by the selection as text. */
  readonly files: Readonly<Record<string, string>>;
  /** The digests of base images and of images copied from, by reference and platform. */
  readonly images: Readonly<Record<string, Digest>>;
  /** What the named contexts that are read come to, by name. */
  readonly contexts: Readonly<Record<string, string>>;
  /** SOURCE_DATE_EPOCH of the environment; empty where it is not set. */
  readonly epoch: string;
}

/** What is known of the inputs of a cell: their digest, or why they do not tell the result. */
export type CellInputs = { readonly digest: Digest } | { readonly reason: string };

/** Changes whenever the same inputs would give another digest, or another engine of our own another part. */
const schemeVersion = 1;

/**
 * Names all that decides the bytes of a part. Equal digests mean that the part need not be built again.
 *
 * Not among the inputs: file times, as with every build cache; the values of secrets, which must not end in an image; what a RUN
 * fetches from the network; the machine that a stage pinned to `$BUILDPLATFORM` runs on.
 */
export function inputDigest({ platform, recipe }: Pick<Cell, 'platform' | 'recipe'>, facts: InputFacts): Digest {
  return digestOf(
    JSON.stringify([
      'polyarch/inputs',
      schemeVersion,
      facts.engine,
      platform,
      facts.dockerfile,
      sorted(facts.files),
      sorted(facts.images),
      sorted(facts.contexts),
      facts.epoch,
      recipeInputs(recipe),
    ]),
  );
}

/** Why a recipe must be built whatever its inputs are; `undefined` where it need not. */
export function askedAnew({ noCache, pull }: Recipe): string | undefined {
  if (noCache) return '--no-cache asks for a build';
  return pull ? '--pull asks for a build' : undefined;
}

/** Where things lie on this machine is no input: what lies there is. */
function recipeInputs(recipe: Recipe): readonly unknown[] {
  return [
    recipe.target ?? null,
    sorted(recipe.args),
    sorted(withoutEvent(recipe)),
    sorted(recipe.annotations),
    recipe.compression.type,
    recipe.compression.level ?? null,
    recipe.compression.reproducible ?? false,
    recipe.secrets.map(({ id }) => id).sort(),
    recipe.ssh.map((agent) => agent.split('=')[0] ?? agent).sort(),
    recipe.network ?? 'default',
    sorted(recipe.extraHosts ?? {}),
    recipe.provenance ?? null,
    recipe.sbom ?? null,
  ];
}

/** Labels that tell of the event change with every commit, and make no other image. */
function withoutEvent({ labels, eventLabels = [] }: Recipe): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => !eventLabels.includes(name)));
}

function sorted(map: Readonly<Record<string, string>>): readonly (readonly [string, string])[] {
  return Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1));
}
