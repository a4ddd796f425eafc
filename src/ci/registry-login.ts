import type { RepositoryConfig } from '../config/config.ts';
import { parseReference } from '../oci/reference.ts';
import type { CiService } from './ci-service.ts';
import type { RegistryLogin } from './pipeline.ts';

/** The registry that a service runs itself, and lets its jobs into by a token that it makes for each. */
const ownRegistries: Readonly<Partial<Record<CiService, string>>> = {
  github: 'ghcr.io',
  gitlab: 'registry.gitlab.com',
};

/** What people call the variables of well-known registries; others are named by their host. */
const wellKnown: Readonly<Record<string, { readonly username: string; readonly password: string }>> = {
  'docker.io': { username: 'DOCKERHUB_USERNAME', password: 'DOCKERHUB_TOKEN' },
  'ghcr.io': { username: 'GHCR_USERNAME', password: 'GHCR_TOKEN' },
  'quay.io': { username: 'QUAY_USERNAME', password: 'QUAY_TOKEN' },
};

/** One login a registry, in the order of the repositories. Nobody need log in where every repository there may be left out. */
export function loginsFor(repositories: readonly RepositoryConfig[], service: CiService): readonly RegistryLogin[] {
  const registries = new Set(repositories.map(registryOf));
  return [...registries].map((registry) => {
    const there = repositories.filter((repository) => registryOf(repository) === registry);
    const conditions = there.map(({ when }) => when);
    const when = conditions.includes(undefined) ? undefined : conditions[0];
    const isRequired = there.some(({ required }) => required);
    return { ...loginFor(registry, when?.replace(/^env\./, ''), service), isRequired };
  });
}

function registryOf({ name }: RepositoryConfig): string {
  return parseReference(name).registry;
}

function loginFor(registry: string, when: string | undefined, service: CiService): Omit<RegistryLogin, 'isRequired'> {
  const isOwn = ownRegistries[service] === registry;
  return {
    registry,
    kind: isOwn ? 'token' : 'secret',
    ...variablesOf(registry, when),
    ...(when === undefined ? {} : { when }),
  };
}

/** A condition that is a user's name names the password as well: `ACME_USERNAME` goes with `ACME_PASSWORD`. */
function variablesOf(
  registry: string,
  when: string | undefined,
): Pick<RegistryLogin, 'usernameVariable' | 'passwordVariable'> {
  const known = wellKnown[registry];
  const prefix = /^(.+)_USER(?:NAME)?$/.exec(when ?? '')?.[1];
  if (prefix !== undefined && when !== undefined && when !== known?.username)
    return { usernameVariable: when, passwordVariable: `${prefix}_PASSWORD` };
  if (known !== undefined) return { usernameVariable: known.username, passwordVariable: known.password };
  const host = registry
    .toUpperCase()
    .replace(/[^A-Z0-9]+/g, '_')
    .replace(/^(?=\d)/, 'REGISTRY_');
  return { usernameVariable: `${host}_USERNAME`, passwordVariable: `${host}_PASSWORD` };
}
