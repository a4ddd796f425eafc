/** The repository of the source, from the address of git's remote. */
export interface SourceRemote {
  /** For example `github.com`. */
  readonly host: string;
  /** `owner/name`, or deeper at GitLab; in lower case, as repositories of images must be. */
  readonly path: string;
  /** Where its images usually go; absent for a host that has no registry of its own. */
  readonly repository?: string;
}

/** Reads `git@host:owner/name.git`, `ssh://…` and `https://…`; undefined where it is something else. */
export function parseRemote(address: string): SourceRemote | undefined {
  const match = /^(?:[a-z+]+:\/\/)?(?:[^@/]*@)?([A-Za-z0-9.-]+)(?::\d+)?[:/]+(.+?)(?:\.git)?\/*$/.exec(address.trim());
  const [, host = '', written = ''] = match ?? [];
  const path = written.toLowerCase();
  if (!host.includes('.') || !/^[a-z0-9._-]+(?:\/[a-z0-9._-]+)+$/.test(path)) return undefined;
  const registry = registries.get(host.toLowerCase());
  return { host: host.toLowerCase(), path, ...(registry === undefined ? {} : { repository: `${registry}/${path}` }) };
}

const registries: ReadonlyMap<string, string> = new Map([
  ['github.com', 'ghcr.io'],
  ['gitlab.com', 'registry.gitlab.com'],
]);
