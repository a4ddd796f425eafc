import type { CiConfig } from '../config/ci-config.ts';
import { runnerOf } from './runners.ts';

/** What a job matrix needs of a cell. */
export interface MatrixCell {
  readonly id: string;
  readonly platform: string;
  /** The name of its job and of its record's file. */
  readonly slug: string;
}

/** One job that builds one cell. */
export interface MatrixJob {
  readonly cell: string;
  readonly name: string;
  readonly platform: string;
  /** One label, or several that a runner must have all. */
  readonly runner: string | readonly string[];
}

/** The matrix of a pipeline, as GitHub's `fromJSON` reads it. */
export interface JobMatrix {
  readonly include: readonly MatrixJob[];
}

/** One job a cell, in the order of the plan. */
export function jobMatrix(cells: readonly MatrixCell[], ci: CiConfig): JobMatrix {
  return {
    include: cells.map(({ id, platform, slug }) => {
      const { labels } = runnerOf(platform, ci);
      const [only] = labels;
      return { cell: id, name: slug, platform, runner: labels.length === 1 && only !== undefined ? only : labels };
    }),
  };
}
