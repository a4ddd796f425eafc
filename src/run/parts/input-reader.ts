import { readFile } from 'node:fs/promises';
import type { Dockerfile } from '../../dockerfile/dockerfile.ts';
import { parseDockerfile } from '../../dockerfile/parse-dockerfile.ts';
import { platformArgs } from '../../dockerfile/platform-args.ts';
import { type ResolvedStages, resolveStages, withTriggers } from '../../dockerfile/resolve-stages.ts';
import type { ResolvedStage } from '../../dockerfile/stage.ts';
import type { BuildCache } from '../../engine/embedded/cache.ts';
import { locateContext } from '../../engine/embedded/named-context.ts';
import { hostPlatform } from '../../engine/host-platform.ts';
import type { Host } from '../../host/host.ts';
import type { Digest } from '../../oci/digest.ts';
import { formatPlatform, parsePlatform } from '../../oci/platform.ts';
import { canonicalDockerfile } from '../../plan/canonical-dockerfile.ts';
import type { Cell } from '../../plan/cell.ts';
import { engineInput } from '../../plan/engine-input.ts';
import { askedAnew, inputDigest } from '../../plan/input-digest.ts';
import { targetCell } from '../../plan/needed-cells.ts';
import { type ContextSelection, everything, type NeededImage, neededInputs } from '../../plan/needed-inputs.ts';
import type { Plan } from '../../plan/plan.ts';
import { ContextDigests } from './context-digests.ts';
import { ImagePins, type PinnedImage, remembered } from './pin-images.ts';

/** Thrown where a cell depends on something that cannot be pinned. */
export class UnpinnedInput extends Error {}

/** Reads what the cells of one plan are made from, each thing once. */
export class InputReader {
  readonly #plan: Plan;
  readonly #epoch: string;
  readonly #files: ContextDigests;
  readonly #pins: ImagePins;
  readonly #dockerfiles = new Map<string, Promise<Dockerfile>>();
  readonly #digests = new Map<string, Promise<Digest>>();

  constructor(plan: Plan, cache: BuildCache, host: Host) {
    this.#plan = plan;
    this.#epoch = host.env['SOURCE_DATE_EPOCH'] ?? '';
    this.#files = new ContextDigests(cache, host);
    this.#pins = new ImagePins(cache, host);
  }

  /** @throws {UnpinnedInput} @throws {Fault} those of the Dockerfile, the context and the base images */
  digest(cell: Cell): Promise<Digest> {
    return remembered(this.#digests, cell.id, () => this.#digest(cell, []));
  }

  /** Keeps what was learnt for the next run. */
  save(): void {
    this.#files.save();
  }

  /** @param above The cells that are made from this one, and are being read; waiting for one of them would never end. */
  async #digest(cell: Cell, above: readonly Cell[]): Promise<Digest> {
    if (above.includes(cell)) throw new UnpinnedInput(`${cell.id} is made from itself`);
    const engine = engineInput(cell, this.#plan);
    if ('reason' in engine) throw new UnpinnedInput(engine.reason);
    const anew = askedAnew(cell.recipe);
    if (anew !== undefined) throw new UnpinnedInput(anew);
    const { resolved, environments } = await this.#resolve(cell);
    const needed = neededInputs(resolved, environments);
    const [doubt] = needed.doubts;
    if (doubt !== undefined) throw new UnpinnedInput(doubt);
    if (engine.keepsImages) refuseMovingNames(needed.images);
    return inputDigest(cell, {
      engine: engine.engine,
      dockerfile: canonicalDockerfile(resolved),
      files: await named(
        needed.selections,
        (selection) => JSON.stringify(selection),
        (it) => this.#selected(cell, it),
      ),
      images: await named([...needed.images, ...frontendOf(resolved, cell)], describeImage, (it) =>
        this.#pin(it, cell),
      ),
      contexts: await named(needed.contexts, String, (name) => this.#context(name, cell, above)),
      epoch: this.#epoch,
    });
  }

  /** The stages with the triggers of their base images, and the environments that these bring. */
  async #resolve(cell: Cell) {
    let resolved = resolveStages(await this.#dockerfile(cell), buildInputs(cell));
    const environments = new Map<number, readonly string[]>();
    for (let at = 0; at < resolved.stages.length; at += 1) {
      const stage = resolved.stages[at];
      const config = stage === undefined ? undefined : await this.#baseConfig(stage, cell);
      if (stage === undefined || config === undefined || environments.has(stage.stage.index)) continue;
      environments.set(stage.stage.index, config.config?.Env ?? []);
      const triggers = config.config?.OnBuild ?? [];
      if (triggers.length === 0) continue;
      // A trigger may need stages that were not needed before.
      resolved = withTriggers(resolved, stage.stage.index, triggers);
      at = -1;
    }
    return { resolved, environments };
  }

  async #baseConfig(
    { base, platform, platformKind }: ResolvedStage,
    cell: Cell,
  ): Promise<PinnedImage['config'] | undefined> {
    const reference =
      base.kind === 'image' ? base.reference : base.kind === 'context' ? imageContext(base.name, cell) : undefined;
    if (reference === undefined) return undefined;
    const wanted = platformKind === 'build' ? formatPlatform(hostPlatform()) : (platform ?? cell.platform);
    return (await this.#pins.image(reference, parsePlatform(wanted))).config;
  }

  async #pin({ reference, platform, isForBuilder }: NeededImage, cell: Cell): Promise<Digest> {
    // Which of its images the builder takes is not known here; any change counts.
    if (isForBuilder) return this.#pins.root(reference);
    return (await this.#pins.image(reference, parsePlatform(platform ?? cell.platform))).digest;
  }

  #dockerfile({ recipe }: Cell): Promise<Dockerfile> {
    const { dockerfile } = recipe;
    return remembered(this.#dockerfiles, dockerfile, async () => {
      return parseDockerfile(await readFile(dockerfile, 'utf8'), { file: dockerfile });
    });
  }

  #selected({ recipe }: Cell, selection: ContextSelection): Promise<string> {
    const { context, dockerfile, contextIgnore } = recipe;
    const ignore = contextIgnore === undefined ? {} : { ignore: contextIgnore };
    return this.#files.digest({ folder: context, dockerfile, ...ignore }, selection);
  }

  async #context(name: string, cell: Cell, above: readonly Cell[]): Promise<string> {
    const source = locateContext(name, cell.recipe.contexts[name] ?? '');
    if (source.kind === 'folder') return this.#files.digest({ folder: source.folder }, everything);
    if (source.kind === 'image') return this.#pins.root(source.reference);
    const needed = targetCell(source.image, cell, this.#plan.cells);
    if (needed === undefined) throw new UnpinnedInput(`No cell of the plan makes "${source.image}"`);
    return this.#digest(needed, [...above, cell]);
  }
}

function buildInputs({ platform, recipe }: Cell) {
  const target = parsePlatform(platform);
  return {
    buildArgs: recipe.args,
    // The machine that builds is no input: what depends on it is in doubt.
    platformArgs: platformArgs(target, target),
    contexts: Object.keys(recipe.contexts),
    ...(recipe.target === undefined ? {} : { target: recipe.target }),
  };
}

/** The image that reads the Dockerfile, where BuildKit is told one. */
function frontendOf({ dockerfile }: ResolvedStages, { builder, recipe }: Cell): readonly NeededImage[] {
  if (builder === 'embedded') return [];
  const written = dockerfile.directives.find(({ name }) => name === 'syntax')?.value.split(/\s/)[0];
  const reference = recipe.args['BUILDKIT_SYNTAX'] ?? written;
  return reference === undefined || reference === '' ? [] : [{ reference, isForBuilder: true }];
}

function imageContext(name: string, { recipe }: Cell): string | undefined {
  const source = locateContext(name, recipe.contexts[name] ?? '');
  return source.kind === 'image' ? source.reference : undefined;
}

function refuseMovingNames(images: readonly NeededImage[]): void {
  const moving = images.find(({ reference }) => !/@sha(?:256|512):[0-9a-f]+$/.test(reference));
  if (moving === undefined) return;
  throw new UnpinnedInput(
    `The Docker Engine may hold an older "${moving.reference}" than its registry; pin it by digest`,
  );
}

function describeImage({ reference, platform, isForBuilder }: NeededImage): string {
  return `${reference} ${isForBuilder ? 'for the builder' : (platform ?? 'target')}`;
}

/** By name, in any order: what is asked for at once. */
async function named<Item, Value>(
  items: readonly Item[],
  nameOf: (item: Item) => string,
  read: (item: Item) => Promise<Value>,
): Promise<Readonly<Record<string, Value>>> {
  return Object.fromEntries(await Promise.all(items.map(async (item) => [nameOf(item), await read(item)] as const)));
}
