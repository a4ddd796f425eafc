import type { FaultCode } from '../../../errors/codes.ts';
import { Fault, isFault } from '../../../errors/fault.ts';

interface Explanation {
  readonly pattern: RegExp;
  readonly code: FaultCode;
  /** What stands behind "Cannot use X: "; `$1` is what the pattern caught. */
  readonly reason: string;
  /** Instead of the usual hint; `$1` as above. */
  readonly hint?: string;
}

/** What docker, buildx and ssh say, and what it means. The first that fits counts: what is nearer to the cause stands first. */
const explanations: readonly Explanation[] = [
  {
    pattern:
      /unknown command: docker buildx|'buildx' is not a docker command|unknown shorthand flag|unknown flag: --format/,
    code: 'BUILDX_MISSING',
    reason: 'docker has no buildx plugin, or one that is too old',
  },
  {
    pattern: /context "([^"]+)": context not found|context "([^"]+)" does not exist/,
    code: 'DOCKER_CONTEXT_UNKNOWN',
    reason: 'there is no Docker context "$1"',
  },
  {
    pattern: /REMOTE HOST IDENTIFICATION HAS CHANGED/,
    code: 'BUILDER_HOST_UNKNOWN',
    reason: 'its ssh host key is not the one that is known here',
    hint: 'Find out why it changed before you trust it; then ssh-keygen -R HOST and log in once by hand',
  },
  {
    pattern: /Host key verification failed/,
    code: 'BUILDER_HOST_UNKNOWN',
    reason: 'its ssh host key is not known here',
  },
  {
    pattern: /Permission denied \(([^)]*)\)|Too many authentication failures/,
    code: 'BUILDER_SSH_DENIED',
    reason: 'ssh is refused: no key that was offered is taken ($1)',
  },
  {
    pattern: /docker: (?:command )?not found|exec: "docker": executable file not found|docker: No such file/,
    code: 'BUILDER_UNREACHABLE',
    reason: 'ssh works and there is no docker on that machine',
    hint: 'Install Docker there, or put docker on the PATH of non-interactive logins',
  },
  {
    pattern: /failed to resolve reference "([^"]+)"|error pulling image configuration/,
    code: 'BUILDER_NOT_CREATED',
    reason: 'its machine cannot pull $1',
    hint: 'Name a mirror of moby/buildkit in the options of the builder: {image: MIRROR/buildkit:TAG}',
  },
  {
    pattern: /Could not resolve hostname (\S+?):|lookup (\S+?)(?: on [\d.:]+)?: no such host/,
    code: 'BUILDER_UNREACHABLE',
    reason: 'its name "$1" cannot be resolved',
    hint: 'Check the name in the address, and the DNS of this machine',
  },
  {
    pattern: /permission denied while trying to connect|dial unix [^:]+: connect: permission denied/,
    code: 'DOCKER_DENIED',
    reason: 'this user may not speak to the Docker daemon',
  },
  {
    pattern:
      /Cannot connect to the Docker daemon at (\S+?)\. Is the docker daemon running|Is the docker daemon running/,
    code: 'DOCKER_DOWN',
    reason: 'no Docker daemon answers at $1',
  },
  {
    pattern:
      /(?:connect to host (\S+) port \d+: |dial tcp (\S+?): connect: |connect: )(?:connection refused|no route to host|connection timed out|network is unreachable)/i,
    code: 'BUILDER_UNREACHABLE',
    reason: 'nothing answers at $1',
  },
  { pattern: /no builder "([^"]+)" found/, code: 'BUILDER_UNKNOWN', reason: 'buildx knows no builder "$1"' },
  {
    pattern: /Multi-platform build is not supported for the docker driver/,
    code: 'BUILDER_DRIVER_WRONG',
    reason: 'the docker driver builds one platform at a time',
  },
  {
    pattern:
      /push-by-digest is currently not implemented for docker driver|(?:Cache|Attestation)[^.]*not supported for the docker driver/,
    code: 'BUILDER_DRIVER_WRONG',
    reason: 'the docker driver cannot do this',
  },
  {
    pattern: /No such container: (\S+)/,
    code: 'BUILDER_STALE',
    reason: 'its container "$1" is gone',
  },
];

/**
 * What is behind the complaint of docker, buildx or the ssh below them; `undefined` where it is none that is known.
 *
 * @param what what could not be used, for example `the builder "graviton"`
 */
export function explainDocker(text: string, what: string, cause?: unknown): Fault | undefined {
  for (const { pattern, code, reason, hint } of explanations) {
    const match = pattern.exec(text);
    if (match === null) continue;
    const caught = match.slice(1).find(Boolean) ?? 'its address';
    return new Fault(code, `Cannot use ${what}: ${reason.replace('$1', caught)}`, {
      ...(cause === undefined ? {} : { cause }),
      ...(hint === undefined ? {} : { hint }),
    });
  }
  return undefined;
}

/** A fault of running docker in words of the builder it was about; any other error as it is. */
export function dockerFault(error: unknown, what: string): unknown {
  if (isFault(error, 'PROGRAM_MISSING'))
    return new Fault('DOCKER_MISSING', `Cannot use ${what}: there is no program "docker"`, { cause: error });
  if (isFault(error, 'PROCESS_TIMED_OUT'))
    return new Fault('BUILDER_SILENT', `Cannot use ${what}: it gave no answer in time`, { cause: error });
  if (!isFault(error, 'PROCESS_FAILED')) return error;
  const text = `${error.frame ?? ''}\n${error.message}`;
  return explainDocker(text, what, error) ?? error;
}
