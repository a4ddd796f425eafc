import type { FaultCode } from '../../errors/codes.ts';
import type { RouteKind } from '../../plan/cell.ts';
import type { FailureKind } from './attempt.ts';

/**
 * A failure by a cache alone. `cache-export`: the build is good, its cache could not be written. `cache-broken`: the builder
 * takes a step for done, and has lost what it gave.
 */
export type CacheFailure = 'cache-export' | 'cache-broken';

/** One kind of failure: what gives it away, and what is to be said and done about it. */
export interface FailureRow {
  readonly pattern: RegExp;
  readonly kind: FailureKind | CacheFailure;
  readonly code: FaultCode;
  /** `$1` is what the pattern's first group found. */
  readonly cause: string;
  /** Default: the usual hint of the code. */
  readonly cure?: string;
  /** Only on these routes. Default: on all. */
  readonly routes?: readonly RouteKind[];
}

/** Failures of a builder before and besides the commands, by what buildx says. The first row that fits counts. */
export const builderFailures: readonly FailureRow[] = [
  {
    pattern: /is not a docker command|unknown command: docker buildx|unknown flag: --builder/,
    kind: 'permanent',
    code: 'BUILDX_MISSING',
    cause: 'docker has no buildx plugin',
  },
  {
    pattern: /unknown flag: (--[\w-]+)|invalid progress mode (\w+)|unknown progress mode/,
    kind: 'permanent',
    code: 'BUILDX_MISSING',
    cause: 'the buildx plugin is too old ($&)',
  },
  {
    pattern: /permission denied while trying to connect to the (?:Docker daemon socket|docker API)/i,
    kind: 'permanent',
    code: 'DOCKER_DENIED',
    cause: 'this user may not speak to the Docker daemon',
  },
  {
    pattern: /Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED/,
    kind: 'permanent',
    code: 'BUILDER_HOST_UNKNOWN',
    cause: 'its ssh host key is not the one that is known here ($&)',
  },
  {
    pattern: /Permission denied \((?:publickey|password|keyboard)[^)]*\)|Too many authentication failures/,
    kind: 'permanent',
    code: 'BUILDER_SSH_DENIED',
    cause: 'its machine does not take the ssh key ($&)',
  },
  {
    pattern:
      /command \[ssh [^\]]+\] has exited(?:[^]*?(ssh: [^\n]+))?|(ssh: (?:connect to host|Could not resolve hostname) [^\n]+)/,
    kind: 'node-lost',
    code: 'BUILDER_UNREACHABLE',
    cause: 'its machine cannot be reached by ssh ($1$2)',
  },
  {
    pattern:
      /(?:Cannot connect to the Docker daemon at (\S+?)\.(?:\s|$)|failed to connect to the docker API at (\S+?)[;,\s])/,
    kind: 'node-lost',
    code: 'DOCKER_DOWN',
    cause: 'no Docker daemon answers at $1$2',
  },
  {
    pattern: /no builder "([^"]+)" found|failed to find (?:instance|builder) "?([^"\s]+)/,
    kind: 'permanent',
    code: 'BUILDER_UNKNOWN',
    cause: 'buildx knows no builder "$1$2"',
  },
  {
    pattern:
      /(?:context "([^"]+)": context not found|context "([^"]+)" does not exist|unable to resolve docker endpoint: context "([^"]+)")/,
    kind: 'permanent',
    code: 'DOCKER_CONTEXT_UNKNOWN',
    cause: 'there is no Docker context "$1$2$3"',
  },
  {
    pattern: /[Cc]ache export is not supported for the docker driver/,
    kind: 'cache-export',
    code: 'BUILDER_DRIVER_WRONG',
    cause: 'the docker driver does not export caches',
  },
  {
    pattern:
      /([Mm]ulti-platform build is not supported for the docker driver|push-by-digest is currently not implemented for docker driver|\w+ exporter is not supported for the docker driver|Attestation is not supported for the docker driver)/,
    kind: 'permanent',
    code: 'BUILDER_DRIVER_WRONG',
    cause: 'its driver cannot do this: $1',
    cure: 'Make a builder that can (docker buildx create --driver docker-container --bootstrap), or turn on the containerd image store of Docker',
  },
  {
    pattern: /((?:failed to resolve reference|pull access denied for|No such image:)[^\n]*moby\/buildkit[^\n]*)/,
    kind: 'transient',
    code: 'BUILDER_NOT_CREATED',
    cause: 'its BuildKit image cannot be pulled: $1',
    cure: 'Let its machine reach Docker Hub, or name an image that it has: --driver-opt image=REFERENCE',
  },
  {
    pattern: /No such container: (\S+)/,
    kind: 'permanent',
    code: 'BUILDER_STALE',
    cause: 'its container "$1" is gone',
  },
  {
    pattern: /granting entitlement (\S+) is not allowed/,
    kind: 'permanent',
    code: 'BUILDER_DRIVER_WRONG',
    cause: 'it does not allow "$1"',
    cure: "Make a builder that does: docker buildx create --buildkitd-flags '--allow-insecure-entitlement network.host'",
  },
  {
    pattern: /no space left on device|disk quota exceeded/i,
    kind: 'transient',
    code: 'BUILDER_DISK_FULL',
    cause: "the builder's disk is full",
  },
  {
    pattern:
      /(error writing (?:layer blob|manifest blob|config blob)[^\n]*|failed to (?:export|push|solve: export) cache[^\n]*|error while exporting cache[^\n]*|error while interpreting headers[^\n]*cache[^\n]*)/,
    kind: 'cache-export',
    code: 'REGISTRY_FAILED',
    cause: 'its cache could not be written: $1',
  },
  {
    pattern: /(?:toomanyrequests|429 Too Many Requests|rate limit)/i,
    kind: 'transient',
    code: 'RATE_LIMITED',
    cause: 'a registry allows no more requests for now ($&)',
  },
  {
    pattern: /no match for platform in manifest|no matching manifest for|does not match the specified platform/,
    kind: 'permanent',
    code: 'BASE_PLATFORM_MISSING',
    cause: 'a base image is not offered for this platform',
  },
  {
    pattern:
      /(failed to push [^\n]*(?:401 Unauthorized|403 Forbidden|insufficient_scope|authorization failed|denied|no basic auth)[^\n]*|push access denied[^\n]*)/,
    kind: 'permanent',
    code: 'REGISTRY_DENIED',
    cause: 'the registry does not let the builder push: $1',
    cure: 'Log in with a name that may push there: docker login REGISTRY (buildx takes the logins of this machine)',
  },
  {
    pattern:
      /([^\n]*(?:401 Unauthorized|403 Forbidden|insufficient_scope|authorization failed|pull access denied|no basic auth credentials)[^\n]*)/,
    kind: 'permanent',
    code: 'REGISTRY_UNAUTHORIZED',
    cause: 'a registry does not let the builder read: $1',
    cure: 'Log in to it (docker login REGISTRY; buildx takes the logins of this machine), and look at the name of the image',
  },
  {
    pattern: /failed to resolve source metadata for (\S+): (?:\S+: )?not found/,
    kind: 'permanent',
    code: 'BASE_MISSING',
    cause: 'the image "$1" does not exist',
    cure: 'Look at the name and the tag in FROM',
  },
  {
    pattern: /failed to (?:compute cache key|calculate checksum of ref)[^\n]*: "([^"]+)": not found/,
    kind: 'permanent',
    code: 'COPY_SOURCE_MISSING',
    cause: 'the build context has no "$1"',
  },
  {
    pattern: /target stage "([^"]+)" could not be found/,
    kind: 'permanent',
    code: 'STAGE_UNKNOWN',
    cause: 'the Dockerfile has no stage "$1"',
  },
  {
    pattern:
      /(dockerfile parse error[^\n]*|unknown instruction: [^\n]*|failed to read dockerfile[^\n]*|failed to parse (?:stage name|platform)[^\n]*|base name \([^\n]*)/,
    kind: 'permanent',
    code: 'DOCKERFILE_SYNTAX',
    cause: 'BuildKit does not take the Dockerfile: $1',
  },
  {
    pattern:
      /(secret \S+: not found|unset ssh forward key \S+|invalid empty ssh agent socket|failed to stat [^\n]+no such file[^\n]*)/,
    kind: 'permanent',
    code: 'SECRET_MISSING',
    cause: 'it needs a secret or an ssh agent that it is not given ($1)',
  },
  {
    pattern: /server gave HTTP response to HTTPS client/,
    kind: 'permanent',
    code: 'REGISTRY_TLS',
    cause: 'a registry speaks plain HTTP, and BuildKit wants HTTPS',
    cure: 'Tell BuildKit: [registry."HOST"] http = true in buildkitd.toml (docker buildx create --buildkitd-config), or insecure-registries of the Docker daemon',
  },
  {
    pattern: /(tls: failed to verify certificate[^\n]*|x509: [^\n]*)/,
    kind: 'permanent',
    code: 'REGISTRY_TLS',
    cause: 'the builder does not trust the certificate of a registry: $1',
    cure: 'Give BuildKit the authority: [registry."HOST"] ca = ["FILE"] in buildkitd.toml (docker buildx create --buildkitd-config)',
  },
  {
    pattern:
      /((?:failed to do request|unexpected status from \w+ request|failed to fetch|failed to copy|failed commit on ref|received unexpected HTTP status)[^\n]*(?:50\d|499|52\d|connection refused|connection reset|no such host|i\/o timeout|TLS handshake timeout|EOF|broken pipe|no route to host|network is unreachable|temporary failure)[^\n]*)/i,
    kind: 'transient',
    code: 'REGISTRY_UNREACHABLE',
    cause: 'a registry did not answer the builder: $1',
    cure: 'Look whether the machine of the builder reaches the registry; a proxy must be known to BuildKit, too',
  },
  {
    pattern: /invalid response status (?:5\d\d|408|429)|failed to load cache key: (?:Get|Head) "[^"]+": [^\n]+/,
    kind: 'transient',
    code: 'DOWNLOAD_FAILED',
    cause: 'what ADD downloads could not be had: $&',
  },
  {
    pattern: /invalid response status \d+/,
    kind: 'permanent',
    code: 'DOWNLOAD_FAILED',
    cause: 'what ADD downloads could not be had: $&',
  },
  {
    pattern: /(failed to stat active key during commit[^\n]*|snapshot \S+ does not exist[^\n]*)/,
    kind: 'cache-broken',
    code: 'BUILDER_LOST',
    cause: 'its cache names what is not there any more: $1',
    cure: 'A build that was killed leaves that behind; docker buildx prune --builder NAME takes it away',
  },
  {
    pattern:
      /(no active sessions?[^\n]*|inconsistent graph state[^\n]*|failed to (?:get lease|load cache key)[^\n]*|lease "?\S+"? (?:does not exist|: not found)[^\n]*|code = (?:Internal|Aborted|ResourceExhausted)[^\n]*|stream terminated by RST_STREAM[^\n]*|frontend grpc server closed unexpectedly[^\n]*)/,
    kind: 'transient',
    code: 'BUILDER_LOST',
    cause: 'BuildKit lost the thread: $1',
  },
  {
    pattern: /^(context deadline exceeded|failed to (?:list workers|get status|dial)[^\n]*|dial (?:tcp|unix) [^\n]*)/,
    kind: 'node-lost',
    code: 'BUILDER_UNREACHABLE',
    cause: 'it does not answer ($1)',
  },
  {
    pattern:
      /(Unavailable: [^\n]*|code = Unavailable[^\n]*|error reading from server: [^\n]*|failed to (?:dial|list workers|get status)[^\n]*|transport is closing[^\n]*|closing transport due to[^\n]*|connection error: desc[^\n]*|dial (?:tcp|unix) [^\n]*|context deadline exceeded|error during connect[^\n]*|\bEOF$|connection reset by peer|broken pipe|use of closed network connection)/m,
    kind: 'node-lost',
    code: 'BUILDER_LOST',
    cause: 'the connection to it is lost: $1',
  },
];
