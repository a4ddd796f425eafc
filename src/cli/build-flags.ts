import { type Command, Option } from 'commander';
import type { EngineChoice } from '../plan/choose-engine.ts';
import type { ProgressChoice } from '../report/progress-view.ts';
import type { PlanRequest } from '../run/assemble-plan-for.ts';
import { addCommonFlags, addProgressFlag } from './command-flags.ts';

/** The flags of `build` and `plan` as commander hands them over. */
export interface BuildFlags {
  readonly config?: string;
  readonly file?: string;
  readonly platforms: readonly string[];
  readonly buildArg: readonly string[];
  readonly buildContext: readonly string[];
  readonly target?: string;
  readonly label: readonly string[];
  readonly annotation: readonly string[];
  readonly tag: readonly string[];
  readonly variant: readonly string[];
  readonly all?: boolean;
  readonly image: readonly string[];
  readonly name?: string;
  readonly push?: boolean;
  readonly load?: boolean;
  readonly output: readonly string[];
  readonly cache: boolean;
  readonly pull?: boolean;
  readonly secret: readonly string[];
  readonly ssh: readonly string[];
  readonly compression?: 'gzip' | 'zstd';
  readonly compressionLevel?: string;
  readonly plan?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly metadataFile?: string;
  readonly event?: string;
  readonly ref?: string;
  readonly sha?: string;
  readonly engine?: EngineChoice;
  readonly builder?: string;
  readonly progress: ProgressChoice;
}

/** Adds the flags of `build` and `plan`, named as `docker buildx build` names them. */
export function addBuildFlags(command: Command): Command {
  command
    .argument('[folder]', 'The folder with the Dockerfile or polyarch.yaml', '.')
    .option('--config <file>', 'The config file (default: polyarch.yaml in the folder, where there is one)')
    .option('-f, --file <file>', 'The Dockerfile (default: Dockerfile in the folder)')
    .option('--platform, --platforms <list>', 'Platforms, for example linux/arm64,linux/arm/v7', collectList, [])
    .option('--build-arg <name=value>', 'Set a build argument', collect, [])
    .option(
      '--build-context <name=source>',
      'Set a named context: a folder, oci-layout://DIR or docker-image://REF',
      collect,
      [],
    )
    .option('--target <stage>', 'Build this stage of the Dockerfile')
    .option('--label <name=value>', 'Set a label', collect, [])
    .option('--annotation <name=value>', 'Set an annotation; index:NAME=VALUE sets it on the index', collect, [])
    .option('-t, --tag <reference>', 'Name the result, for example ghcr.io/acme/app:1.2', collect, [])
    .option('--variant <name>', 'Build this variant only', collectList, [])
    .option('--all', 'Build all variants (what happens without --variant)')
    .option('--image <name>', 'Build this image of the config only', collectList, [])
    .option('--name <name>', 'The name of the image, where no config names it')
    .option('--push', 'Push to the registries')
    .option('--load', 'Load into the local Docker Engine')
    .option('-o, --output <place>', 'Write to oci:DIR, oci-archive:FILE or docker-archive:FILE', collect, [])
    .option('--no-cache', 'Compute every step anew')
    .option('--pull', 'Look base images up again')
    .option('--secret <spec>', 'A secret for RUN: id=NAME[,env=VARIABLE|,src=FILE]', collect, [])
    .option('--ssh <spec>', 'An ssh agent or key for RUN: default|ID[=SOCKET|KEY]', collect, [])
    .addOption(new Option('--compression <type>', 'How layers are compressed').choices(['gzip', 'zstd']))
    .option('--compression-level <number>', 'gzip 1-9, zstd 1-22')
    .addOption(
      new Option('--engine <name>', 'What builds: auto takes BuildKit where a command must be run').choices([
        'auto',
        'embedded',
        'buildkit',
      ]),
    )
    .option('--builder <name>', 'Build on this builder only, of the config or of docker buildx')
    .option('--event <name>', 'Evaluate the tag rules as if this happened: push, pull_request, schedule…')
    .option('--ref <ref>', 'The branch, tag or pull request of that event, for example refs/tags/v1.2.3')
    .option('--sha <commit>', 'The commit of that event');
  return addProgressFlag(addCommonFlags(command));
}

/** One more value of a flag that may be given again. */
export function collect(value: string, former: readonly string[]): readonly string[] {
  return [...former, value];
}

/** One more value, or several between commas. */
export function collectList(value: string, former: readonly string[]): readonly string[] {
  return [...former, ...value.split(',').map((text) => text.trim())];
}

/** What the flags ask `run/` for. */
export function planRequestOf(folder: string, flags: BuildFlags): PlanRequest {
  return {
    folder,
    ...(flags.config === undefined ? {} : { configFile: flags.config }),
    ...eventOf(flags),
    ...(flags.engine === undefined ? {} : { engine: flags.engine }),
    ...(flags.builder === undefined ? {} : { builder: flags.builder }),
    overrides: {
      platforms: flags.platforms,
      args: flags.buildArg,
      contexts: flags.buildContext,
      labels: flags.label,
      annotations: flags.annotation,
      tags: flags.tag,
      outputs: flags.output,
      push: flags.push === true,
      load: flags.load === true,
      noCache: !flags.cache,
      pull: flags.pull === true,
      secrets: flags.secret,
      ssh: flags.ssh,
      variants: flags.variant,
      images: flags.image,
      ...(flags.file === undefined ? {} : { file: flags.file }),
      ...(flags.target === undefined ? {} : { target: flags.target }),
      ...(flags.name === undefined ? {} : { name: flags.name }),
      ...(flags.compression === undefined ? {} : { compression: flags.compression }),
      ...(flags.compressionLevel === undefined ? {} : { compressionLevel: flags.compressionLevel }),
    },
  };
}

/** A ref or a commit alone stands for a push. */
function eventOf({ event: name, ref, sha }: BuildFlags): Pick<PlanRequest, 'event'> {
  if (name === undefined && ref === undefined && sha === undefined) return {};
  return {
    event: {
      ...(name === undefined ? {} : { name }),
      ...(ref === undefined ? {} : { ref }),
      ...(sha === undefined ? {} : { sha }),
    },
  };
}
