import { Fault, isFault } from '../errors/fault.ts';
import { attempt } from './attempt.ts';
import { manifestAccept, manifestUrl, operationAt, type Place } from './place.ts';
import { pullScope, pushScope, type Scope } from './scope.ts';
import { cancelUpload, openUpload } from './upload-session.ts';

/** What a registry lets this login do in a repository, found out without leaving anything there. */
export interface PushProbe {
  /** What the token says that it allows, for example `repository:acme/app:pull,push`; absent where it does not tell. */
  readonly granted?: readonly Scope[];
  /** Requests that are left before the registry refuses more; absent where it does not tell. */
  readonly requestsLeft?: number;
}

/**
 * Opens an upload and cancels it: whether the repository is there or can be made, and whether it may be written to.
 *
 * @throws {Fault} REGISTRY_UNAUTHORIZED, REGISTRY_DENIED, REPOSITORY_UNKNOWN, REGISTRY_UNREACHABLE, REGISTRY_TLS
 */
export async function probePush(place: Place): Promise<PushProbe> {
  const { session } = place;
  const operation = operationAt(place, { what: 'push to', missing: 'REPOSITORY_UNKNOWN' });
  let requestsLeft: number | undefined;
  try {
    const upload = await openUpload(place, undefined, { operation, patience: session.patience() });
    [requestsLeft] = await Promise.all([leftRequests(place), cancelUpload(place, upload)]);
  } catch (error) {
    throw explained(error, place);
  }
  const granted = session.authorizer.granted([pushScope(place.name)]);
  return { ...(granted === undefined ? {} : { granted }), ...(requestsLeft === undefined ? {} : { requestsLeft }) };
}

/** A token may be given that allows less than was asked for: that says more than the refusal that follows. */
function explained(error: unknown, place: Place): unknown {
  const granted = place.session.authorizer.granted([pushScope(place.name)]);
  if (granted === undefined || !isFault(error, 'REGISTRY_UNAUTHORIZED', 'REGISTRY_DENIED')) return error;
  const prefix = `repository:${place.name}:`;
  const actions = granted.find((scope) => scope.startsWith(prefix))?.slice(prefix.length) ?? '';
  if (actions.split(',').includes('push')) return error;
  const allowed = actions === '' ? 'nothing' : `only "${actions}"`;
  return new Fault(
    'REGISTRY_DENIED',
    `Cannot push to ${place.session.registry}/${place.name}: the token allows ${allowed} there, expected "push"`,
    { cause: error, where: error.where, hint: error.hint },
  );
}

/** https://docs.docker.com/docker-hub/usage/pulls/: a HEAD does not count. */
async function leftRequests(place: Place): Promise<number | undefined> {
  const attempted = await attempt(place.session, {
    method: 'HEAD',
    url: manifestUrl(place, 'latest'),
    headers: { accept: manifestAccept },
    scopes: [pullScope(place.name)],
  });
  if (attempted.kind === 'broken') return undefined;
  const { response, status } = attempted.answer;
  if (status < 400) await response.discard();
  const told = /^\s*(\d+)/.exec(response.header('ratelimit-remaining') ?? '')?.[1];
  return told === undefined ? undefined : Number(told);
}
