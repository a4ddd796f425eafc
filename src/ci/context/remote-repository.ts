import type { RepositoryFacts } from '../../plan/event-facts.ts';

/**
 * The repository behind the address of a remote: `git@github.com:acme/app.git`, `https://github.com/acme/app`,
 * `ssh://git@host:2222/acme/app.git`. A login in it is left out; a folder of this machine is none.
 */
export function repositoryOfRemote(remote: string): RepositoryFacts | undefined {
  const { host, path } = splitRemote(remote.trim());
  const fullName = path?.replace(/^\/+|\/+$/g, '').replace(/\.git$/, '');
  if (host === undefined || fullName === undefined || !/^[\w.~-]+(?:\/[\w.~-]+)+$/.test(fullName)) return undefined;
  return { fullName, url: `https://${host.toLowerCase()}/${fullName}` };
}

interface SplitRemote {
  readonly host?: string | undefined;
  readonly path?: string | undefined;
}

function splitRemote(remote: string): SplitRemote {
  if (remote.length > 2048) return {};
  const [, host, path] =
    /^(?:https?|ssh|git):\/\/(?:[^/@]*@)?([\w.-]+)(?::\d+)?\/([^?#]*)$/.exec(remote) ??
    /^(?:[\w.~-]+@)?([\w-]+(?:\.[\w-]+)+):(?!\/\/)([^?#]*)$/.exec(remote) ??
    [];
  return { host, path };
}
