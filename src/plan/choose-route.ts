import { relative } from 'node:path/posix';
import type { Dockerfile } from '../dockerfile/dockerfile.ts';
import { parseDockerfile } from '../dockerfile/parse-dockerfile.ts';
import { platformArgs } from '../dockerfile/platform-args.ts';
import { resolveStages } from '../dockerfile/resolve-stages.ts';
import type { ResolvedStage } from '../dockerfile/stage.ts';
import { invariant } from '../errors/invariant.ts';
import { parsePlatform } from '../oci/platform.ts';
import type { Recipe, Route } from './cell.ts';
import type { Facts } from './facts.ts';

/**
 * Gives the route of each cell by what its Dockerfile runs, and where.
 *
 * @throws {Fault} what is wrong with the Dockerfile: its syntax, an unknown target, a circle of stages
 */
export function createRouteChooser(facts: Facts): (recipe: Recipe, platform: string) => Route {
  const parsed = new Map<string, Dockerfile>();
  return (recipe, platform) => {
    const dockerfile = parsed.get(recipe.dockerfile) ?? parse(recipe.dockerfile, facts);
    parsed.set(recipe.dockerfile, dockerfile);
    const { stages } = resolveStages(dockerfile, {
      ...(recipe.target === undefined ? {} : { target: recipe.target }),
      buildArgs: recipe.args,
      platformArgs: platformArgs(parsePlatform(platform), parsePlatform(facts.hostPlatform)),
      contexts: Object.keys(recipe.contexts),
    });
    return routeOf(stages, { platform, hostPlatform: facts.hostPlatform });
  };
}

function parse(path: string, { dockerfiles, root }: Facts): Dockerfile {
  const source = dockerfiles[path];
  invariant(source !== undefined, `The Dockerfile "${path}" was not gathered`);
  const name = relative(root, path);
  return parseDockerfile(source, { file: name.startsWith('..') ? path : name });
}

interface Machines {
  readonly platform: string;
  readonly hostPlatform: string;
}

function routeOf(stages: readonly ResolvedStage[], { platform, hostPlatform }: Machines): Route {
  const onTarget = lineOfRun(stages, ({ platformKind }) => platformKind !== 'build');
  const onBuild = lineOfRun(stages, ({ platformKind }) => platformKind === 'build');
  if (onTarget !== undefined) {
    return platform === hostPlatform
      ? { kind: 'native', reason: `Line ${onTarget} runs a command for ${platform}, which is this machine` }
      : {
          kind: 'emulated',
          reason: `Line ${onTarget} runs a command for ${platform}, and this machine is ${hostPlatform}`,
        };
  }
  if (onBuild !== undefined)
    return { kind: 'cross', reason: `Commands run on the build platform alone (line ${onBuild})` };
  return { kind: 'assembled', reason: 'No stage that the target needs runs a command' };
}

function lineOfRun(stages: readonly ResolvedStage[], isMeant: (stage: ResolvedStage) => boolean): number | undefined {
  const runs = stages.filter(isMeant).flatMap(({ instructions }) => instructions.filter(({ name }) => name === 'RUN'));
  return runs[0]?.location.startLine;
}
