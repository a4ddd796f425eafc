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
}

export interface RenderOptions {
  /** A pipeline that others call, in place of one that events start. */
  readonly isReusable: boolean;
}

/** In the order of `polyarch help ci`. */
export const allProviders: readonly CiProvider[] = [
  { name: 'github', file: '.github/workflows/polyarch.yml', render: renderGithub, canBeReused: true },
  { name: 'gitlab', file: '.gitlab-ci.yml', render: renderGitlab, canBeReused: false },
  { name: 'jenkins', file: 'Jenkinsfile', render: renderJenkins, canBeReused: false },
];
