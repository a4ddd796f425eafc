/** What a token is asked for: `repository:NAME:ACTIONS`. https://distribution.github.io/distribution/spec/auth/scope/ */
export type Scope = string;

/** Reading one repository. */
export function pullScope(repository: string): Scope {
  return `repository:${repository}:pull`;
}

/** Reading and writing one repository. Deleting asks for this too; a registry that wants `delete` says so in its challenge. */
export function pushScope(repository: string): Scope {
  return `repository:${repository}:pull,push`;
}

/** Listing all repositories. */
export const catalogScope: Scope = 'registry:catalog:*';

/** The scopes that a challenge names, separated by spaces. */
export function parseScopes(text: string | undefined): readonly Scope[] {
  return (text ?? '').split(/\s+/).filter((scope) => scope !== '');
}

/**
 * One scope for each resource, with the actions of all its mentions. Resources that are written to come first, because
 * some registries read only the first scope; otherwise the order of the first mention stays.
 */
export function mergeScopes(...lists: readonly (readonly Scope[])[]): readonly Scope[] {
  const actionsOf = new Map<string, Set<string>>();
  for (const scope of lists.flat()) {
    const { resource, actions } = splitScope(scope);
    const known = actionsOf.get(resource) ?? new Set<string>();
    for (const action of actions) known.add(action);
    actionsOf.set(resource, known);
  }
  const merged = [...actionsOf].map(([resource, actions]) => ({
    scope: actions.size === 0 ? resource : `${resource}:${[...actions].join(',')}`,
    rank: actions.size > 0 && [...actions].every((action) => action === 'pull') ? 1 : 0,
  }));
  return merged.sort((a, b) => a.rank - b.rank).map(({ scope }) => scope);
}

/** Whether what was granted holds everything that is wanted. */
export function coversScopes(granted: readonly Scope[], wanted: readonly Scope[]): boolean {
  const held = new Map(granted.map(splitScope).map(({ resource, actions }) => [resource, actions]));
  return wanted.map(splitScope).every(({ resource, actions }) => {
    const allowed = held.get(resource);
    return allowed !== undefined && (allowed.includes('*') || actions.every((action) => allowed.includes(action)));
  });
}

function splitScope(scope: Scope): { readonly resource: string; readonly actions: readonly string[] } {
  const at = scope.lastIndexOf(':');
  if (at < 0 || scope.indexOf(':') === at) return { resource: scope, actions: [] };
  const actions = scope.slice(at + 1).split(',');
  return { resource: scope.slice(0, at), actions: actions.filter((action) => action !== '') };
}
