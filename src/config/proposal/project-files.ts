/** What was found in a folder that is to get a config. Paths are relative to it, with `/`. */
export interface ProjectFiles {
  readonly folderName: string;
  /** Every path that was seen; folders that hold no sources are left out. */
  readonly paths: readonly string[];
  /** The texts of Dockerfiles, pipelines, compose and bake files, by path. */
  readonly texts: Readonly<Record<string, string>>;
  /** The address of git's `origin`; absent where there is none. */
  readonly remote?: string;
}

/** What one file of the project says about one build. Everything may be missing. */
export interface BuildHint {
  /** Where it was read, for a comment: `docker-bake.hcl, target "app"`. */
  readonly origin: string;
  readonly name?: string;
  /** Relative to the project. */
  readonly context?: string;
  /** Relative to the project. */
  readonly dockerfile?: string;
  readonly target?: string;
  readonly args?: Readonly<Record<string, string>>;
  readonly platforms?: readonly string[];
  /** Without tags. */
  readonly repositories?: readonly string[];
  readonly tagRules?: readonly string[];
  readonly cache?: 'registry' | 'gha' | 'local' | 's3';
}

/** What the pipelines of a project say about the machines they run on. */
export interface RunnerHint {
  readonly origin: string;
  readonly provider?: 'blacksmith';
  /** Labels by platform. */
  readonly runners: Readonly<Record<string, string | readonly string[]>>;
}

/** The part of a reference before its tag or digest; undefined where it holds what cannot be known here. */
export function repositoryOf(reference: string): string | undefined {
  const bare = reference.replace(/@.*$/, '').replace(/:\$.*$|:[^:/]*$/, '');
  return /^[a-z0-9.-]+(?::\d+)?(?:\/[a-z0-9._-]+)*$/.test(bare) && bare.includes('/') ? bare : undefined;
}
