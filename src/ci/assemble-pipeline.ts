import type { Config } from '../config/config.ts';
import { cellSlugs } from '../plan/cell-slug.ts';
import type { CiService } from './ci-service.ts';
import { jobsFor } from './jobs.ts';
import { pathFilters, relativeTo, type SourceTree } from './path-filters.ts';
import type { Pipeline, PipelineCell, Triggers } from './pipeline.ts';
import { needsBuildkit, type PlannedSources, plannedCells } from './planned-cells.ts';
import { loginsFor } from './registry-login.ts';
import { runnerOf } from './runners.ts';
import { tagGlobs } from './tag-globs.ts';
import { usedPaths } from './used-paths.ts';

/** What a pipeline depends on beside the config. Paths are absolute. */
export interface PipelineFacts extends SourceTree, PlannedSources {
  readonly service: CiService;
  /** What `npx` is to run: `polyarch@1.2.3`. */
  readonly program: string;
  /** Absent where there is none. */
  readonly configFile?: string;
  /** The file that the pipeline is written to. */
  readonly pipelineFile: string;
}

/**
 * The pipeline of a config.
 *
 * @throws {Fault} what is wrong with a Dockerfile
 */
export function assemblePipeline(config: Config, facts: PipelineFacts): Pipeline {
  const { ci, images } = config;
  const cells = pipelineCells(config, facts);
  const logins = loginsFor(
    images.flatMap(({ repositories }) => repositories),
    facts.service,
  );
  const usesBuildkit = needsBuildkit(config, facts);
  const conditions = images.flatMap(({ repositories }) =>
    repositories.flatMap(({ when }) => when?.replace(/^env\./, '') ?? []),
  );
  const secretNames = images.flatMap(({ secrets }) => secrets.flatMap(({ env }) => env ?? []));
  return {
    title: images.map(({ name }) => name).join(', '),
    program: facts.program,
    folder: relativeTo(facts.repository, facts.root) || '.',
    triggers: triggersOf(config, facts),
    env: ci.env,
    timeoutMinutes: Math.max(1, Math.ceil(ci.timeoutMs / 60_000)),
    usesBuildkit,
    usesBlacksmith: ci.provider === 'blacksmith',
    runner: runnerOf('linux/amd64', ci, facts.service),
    cells,
    logins,
    conditionNames: [...new Set(conditions)],
    secretNames: [...new Set(secretNames)],
    jobs: jobsFor({ config, cells, logins, usesBuildkit }),
  };
}

function pipelineCells(config: Config, facts: PipelineFacts): readonly PipelineCell[] {
  const cells = plannedCells(config, facts);
  const names = cellSlugs(cells);
  return cells.map(({ id, platform, image, route }) => {
    const runner = runnerOf(platform, config.ci, facts.service);
    const isTested = config.images.some(({ name, tests }) => name === image && tests.length > 0);
    return {
      id,
      name: names.get(id) ?? id,
      platform,
      runner,
      needsEmulation: !runner.isNative && platform.startsWith('linux/') && (route.kind === 'emulated' || isTested),
    };
  });
}

function triggersOf(config: Config, facts: PipelineFacts): Triggers {
  const { branches, schedule } = config.ci;
  return {
    branches: branches.length === 0 ? ['$default'] : branches,
    tags: tagGlobs(config.images.flatMap(({ tags }) => (tags.length === 0 ? ['type=ref,event=tag'] : tags))),
    ...(schedule === undefined ? {} : { schedule }),
    ...filtersOf(config, facts),
  };
}

/** A `prepare` may read anything: then only the config can say what counts. */
function filtersOf(config: Config, facts: PipelineFacts): Pick<Triggers, 'paths' | 'whyAllPaths'> {
  const { ci, images } = config;
  if (ci.paths.length === 0 && images.some(({ prepare }) => prepare !== undefined))
    return { whyAllPaths: '`prepare` may read any file, so that every change counts; `ci.paths` can say which do' };
  const used = usedPaths(plannedCells(config, facts), facts.dockerfiles);
  const globs = [...pathFilters(used, facts), ...ci.paths];
  if (globs.length === 1 && globs[0] === '**')
    return { whyAllPaths: 'The Dockerfile reads the whole repository, so that every change counts' };
  const own = [
    ...Object.keys(facts.dockerfiles),
    ...Object.keys(facts.ignoreFiles),
    facts.configFile,
    facts.pipelineFile,
  ].flatMap((file) => (file === undefined ? [] : (relativeTo(facts.repository, file) ?? [])));
  return { paths: [...new Set([...globs, ...own])] };
}
