import type { CiService } from './ci-service.ts';
import type { Pipeline } from './pipeline.ts';
import { renderGithub } from './render-github.ts';
import { renderGitlab } from './render-gitlab.ts';
import { renderJenkins } from './render-jenkins.ts';

/** A CI service that pipelines are written for. */
export interface CiProvider {
  readonly name: CiService;
  /** Where the service looks for its pipeline, from the root of the repository. */
  readonly file: string;
  readonly render: (pipeline: Pipeline, options: RenderOptions) => string;
  /** Whether it knows pipelines that others call. */
  readonly canBeReused: boolean;
  /** Jobs that one matrix may have; absent: as many as one likes. */
  readonly mostJobs?: number;
}

export interface RenderOptions {
  /** A pipeline that others call, in place of one that events start. */
  readonly isReusable: boolean;
}

/**
 * In the order of `polyarch help ci`.
 *
 * @see https://docs.github.com/actions/reference/limits
 * @see https://docs.gitlab.com/ci/yaml/#parallelmatrix
 */
export const allProviders: readonly CiProvider[] = [
  { name: 'github', file: '.github/workflows/polyarch.yml', render: renderGithub, canBeReused: true, mostJobs: 256 },
  { name: 'gitlab', file: '.gitlab-ci.yml', render: renderGitlab, canBeReused: false, mostJobs: 200 },
  { name: 'jenkins', file: 'Jenkinsfile', render: renderJenkins, canBeReused: false },
];
