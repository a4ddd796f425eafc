/** What was gathered from the world before planning. Plain JSON; a plan is a pure function of config and facts. */
export interface Facts {
  /** ISO 8601. */
  readonly now: string;
  readonly runId: string;
  /** The folder that the paths of the config are relative to; absolute. */
  readonly root: string;
  /** The platform of this machine, normalised. */
  readonly hostPlatform: string;
  /** By absolute path of the Dockerfile and target, see `dockerfileKey`. */
  readonly dockerfiles: Readonly<Record<string, DockerfileFacts>>;
  /** Where `prepare` said the context lies, by image; absolute. */
  readonly preparedContexts: Readonly<Record<string, string>>;
  /** Whether the variable of a repository's `when` is set and not empty, by the condition as written. */
  readonly conditions: Readonly<Record<string, boolean>>;
  readonly engine: EngineFacts;
}

/** What of a Dockerfile decides the route of its cells. */
export interface DockerfileFacts {
  /** Lines of RUN instructions in stages of the target's own platform, 1-based. */
  readonly targetRunLines: readonly number[];
  /** Lines of RUN instructions in stages pinned to the build platform. */
  readonly pinnedRunLines: readonly number[];
}

export interface EngineFacts {
  readonly name: 'embedded';
  /** One sentence, shown beside the plan. */
  readonly reason: string;
}

/** The key of `Facts.dockerfiles`. */
export function dockerfileKey(dockerfile: string, target: string | undefined): string {
  return target === undefined ? dockerfile : `${dockerfile}#${target}`;
}
