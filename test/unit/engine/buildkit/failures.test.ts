import { describe, expect, test } from 'vitest';
import type { FailureKind } from '../../../../src/engine/buildkit/attempt.ts';
import type { BuildStep } from '../../../../src/engine/buildkit/build-steps.ts';
import { classifyFailure } from '../../../../src/engine/buildkit/classify-failure.ts';
import { builderFailures, type CacheFailure } from '../../../../src/engine/buildkit/failure-table.ts';
import { stepFailures } from '../../../../src/engine/buildkit/step-failures.ts';
import type { RouteKind } from '../../../../src/plan/cell.ts';
import { cellWith } from '../../../support/buildkit-cell.ts';

const cell = cellWith();

function placedBy(kind: RouteKind) {
  return { builder: 'farm', route: { kind, reason: 'for a test' } };
}

function runStep(log: readonly string[] = []): BuildStep {
  return { number: 1, digest: 'd', name: '[build 2/3] RUN make', inputs: [], state: 'failed', error: 'x', log };
}

interface Case {
  readonly kind: FailureKind | CacheFailure;
  readonly code: string;
  readonly says: string;
}

/** What buildx 0.29 and its kin really write behind `ERROR: `. */
const said: readonly Case[] = [
  { kind: 'permanent', code: 'BUILDX_MISSING', says: 'docker: unknown command: docker buildx' },
  { kind: 'permanent', code: 'BUILDX_MISSING', says: "docker: 'buildx' is not a docker command.\nSee 'docker --help'" },
  { kind: 'permanent', code: 'BUILDX_MISSING', says: 'unknown flag: --builder' },
  { kind: 'permanent', code: 'BUILDX_MISSING', says: 'ERROR: unknown flag: --annotation' },
  { kind: 'permanent', code: 'BUILDX_MISSING', says: 'ERROR: invalid progress mode rawjson' },
  {
    kind: 'permanent',
    code: 'DOCKER_DENIED',
    says: 'ERROR: permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: Get "http://%2Fvar%2Frun%2Fdocker.sock/_ping": dial unix /var/run/docker.sock: connect: permission denied',
  },
  {
    kind: 'node-lost',
    code: 'DOCKER_DOWN',
    says: 'ERROR: Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?',
  },
  {
    kind: 'permanent',
    code: 'BUILDER_HOST_UNKNOWN',
    says: 'ERROR: error during connect: Head "http://docker.example.com/_ping": command [ssh -l root -- farm docker system dial-stdio] has exited with exit status 255, make sure the URL is valid, and Docker 18.09 or later is installed on the remote host: stderr=Host key verification failed.',
  },
  {
    kind: 'permanent',
    code: 'BUILDER_SSH_DENIED',
    says: 'ERROR: error during connect: Head "http://docker.example.com/_ping": command [ssh -l root -- farm docker system dial-stdio] has exited with exit status 255, make sure the URL is valid: stderr=root@farm: Permission denied (publickey,password).',
  },
  {
    kind: 'node-lost',
    code: 'BUILDER_UNREACHABLE',
    says: 'ERROR: error during connect: Head "http://docker.example.com/_ping": command [ssh -l root -p 1 -- 127.0.0.1 docker system dial-stdio] has exited with exit status 255: stderr=ssh: connect to host 127.0.0.1 port 1: Connection refused',
  },
  { kind: 'permanent', code: 'BUILDER_UNKNOWN', says: 'ERROR: no builder "nope" found' },
  {
    kind: 'permanent',
    code: 'DOCKER_CONTEXT_UNKNOWN',
    says: 'ERROR: unable to resolve docker endpoint: context "gitlab": context not found: open meta.json: no such file or directory',
  },
  {
    kind: 'permanent',
    code: 'BUILDER_DRIVER_WRONG',
    says: 'ERROR: failed to build: Multi-platform build is not supported for the docker driver.\nSwitch to a different driver, or turn on the containerd image store, and try again.',
  },
  {
    kind: 'permanent',
    code: 'BUILDER_DRIVER_WRONG',
    says: 'ERROR: failed to build: push-by-digest is currently not implemented for docker driver, please create a new builder instance',
  },
  {
    kind: 'permanent',
    code: 'BUILDER_DRIVER_WRONG',
    says: 'ERROR: failed to build: OCI exporter is not supported for the docker driver.',
  },
  {
    kind: 'cache-export',
    code: 'BUILDER_DRIVER_WRONG',
    says: 'ERROR: failed to build: Cache export is not supported for the docker driver.',
  },
  {
    kind: 'transient',
    code: 'BUILDER_NOT_CREATED',
    says: 'ERROR: failed to build: Error response from daemon: failed to resolve reference "docker.io/moby/buildkit:buildx-stable-1": failed to do request: Head "https://registry-1.docker.io/v2/moby/buildkit/manifests/buildx-stable-1": dial tcp: lookup registry-1.docker.io: no such host',
  },
  {
    kind: 'transient',
    code: 'BUILDER_DISK_FULL',
    says: 'ERROR: failed to build: failed to solve: failed to copy: failed to send write: write /var/lib/buildkit/runc-overlayfs/content/ingest/1/data: no space left on device',
  },
  {
    kind: 'cache-export',
    code: 'REGISTRY_FAILED',
    says: 'ERROR: failed to build: failed to solve: error writing layer blob: failed to do request: Head "https://localhost:1/v2/cache/blobs/sha256:6b": dial tcp 127.0.0.1:1: connect: connection refused',
  },
  {
    kind: 'transient',
    code: 'RATE_LIMITED',
    says: 'ERROR: failed to build: failed to solve: golang:1.22: failed to resolve source metadata for docker.io/library/golang:1.22: failed to copy: httpReadSeeker: failed open: unexpected status code https://registry-1.docker.io/v2/library/golang/manifests/sha256:0: 429 Too Many Requests - Server message: toomanyrequests: You have reached your pull rate limit.',
  },
  {
    kind: 'permanent',
    code: 'BASE_PLATFORM_MISSING',
    says: 'ERROR: failed to build: failed to solve: localhost:5000/two: failed to resolve source metadata for localhost:5000/two:latest: no match for platform in manifest: not found',
  },
  {
    kind: 'permanent',
    code: 'REGISTRY_DENIED',
    says: 'ERROR: failed to build: failed to solve: failed to push ghcr.io/acme/app: denied: permission_denied: write_package',
  },
  {
    kind: 'permanent',
    code: 'REGISTRY_DENIED',
    says: 'ERROR: failed to solve: failed to push acme/app: push access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed',
  },
  {
    kind: 'permanent',
    code: 'REGISTRY_UNAUTHORIZED',
    says: 'ERROR: failed to solve: ghcr.io/acme/base: failed to resolve source metadata for ghcr.io/acme/base:latest: failed to authorize: failed to fetch anonymous token: unexpected status from GET request to https://ghcr.io/token: 401 Unauthorized',
  },
  {
    kind: 'permanent',
    code: 'REGISTRY_UNAUTHORIZED',
    says: 'ERROR: failed to solve: acme/nope: failed to resolve source metadata for docker.io/acme/nope:latest: pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed',
  },
  {
    kind: 'permanent',
    code: 'BASE_MISSING',
    says: 'ERROR: failed to build: failed to solve: localhost:5000/missing:1: failed to resolve source metadata for localhost:5000/missing:1: localhost:5000/missing:1: not found',
  },
  {
    kind: 'permanent',
    code: 'COPY_SOURCE_MISSING',
    says: 'ERROR: failed to build: failed to solve: failed to compute cache key: failed to calculate checksum of ref w8::nr: "/nope": not found',
  },
  {
    kind: 'permanent',
    code: 'STAGE_UNKNOWN',
    says: 'ERROR: failed to build: failed to solve: target stage "nope" could not be found',
  },
  {
    kind: 'permanent',
    code: 'DOCKERFILE_SYNTAX',
    says: 'ERROR: failed to build: failed to solve: dockerfile parse error on line 2: unknown instruction: RUNN (did you mean RUN?)',
  },
  { kind: 'permanent', code: 'SECRET_MISSING', says: 'ERROR: failed to build: failed to solve: secret tok: not found' },
  {
    kind: 'permanent',
    code: 'SECRET_MISSING',
    says: 'ERROR: failed to build: failed to convert agent config {default [] false}: invalid empty ssh agent socket: make sure SSH_AUTH_SOCK is set',
  },
  {
    kind: 'transient',
    code: 'REGISTRY_UNREACHABLE',
    says: 'ERROR: failed to build: failed to solve: failed to push localhost:1/app: failed to do request: Head "https://localhost:1/v2/app/blobs/sha256:ed": dial tcp 127.0.0.1:1: connect: connection refused',
  },
  {
    kind: 'transient',
    code: 'REGISTRY_UNREACHABLE',
    says: 'ERROR: failed to build: failed to solve: failed to push ghcr.io/a/b: unexpected status from PUT request to https://ghcr.io/v2/a/b/blobs/upload/1: 503 Service Unavailable',
  },
  {
    kind: 'transient',
    code: 'REGISTRY_UNREACHABLE',
    says: 'ERROR: failed to build: failed to solve: DeadlineExceeded: failed to push r/a: failed to copy: failed to do request: Put "https://r/v2/": write tcp 10.0.0.1:1->10.0.0.2:443: i/o timeout',
  },
  { kind: 'node-lost', code: 'BUILDER_UNREACHABLE', says: 'ERROR: failed to build: context deadline exceeded' },
  {
    kind: 'node-lost',
    code: 'BUILDER_LOST',
    says: 'ERROR: failed to build: failed to solve: Unavailable: error reading from server: EOF',
  },
  {
    kind: 'node-lost',
    code: 'BUILDER_LOST',
    says: 'ERROR: failed to receive status: rpc error: code = Unavailable desc = closing transport due to: connection error: desc = "error reading from server: read tcp: connection reset by peer"',
  },
  {
    kind: 'node-lost',
    code: 'BUILDER_UNREACHABLE',
    says: 'ERROR: failed to solve: failed to dial "tcp://10.0.0.1:1234": dial tcp 10.0.0.1:1234: connect: connection refused',
  },
  {
    kind: 'transient',
    code: 'BUILDER_LOST',
    says: 'ERROR: failed to build: failed to solve: failed to compute cache key: no active session for w8htp9wigv8cn: context deadline exceeded',
  },
  { kind: 'transient', code: 'BUILDER_LOST', says: 'ERROR: failed to solve: inconsistent graph state' },
  {
    kind: 'cache-broken',
    code: 'BUILDER_LOST',
    says: 'ERROR: failed to build: failed to solve: failed to stat active key during commit: snapshot n0p1vyflq81z38fs8vlmy7nir does not exist: not found',
  },
  {
    kind: 'permanent',
    code: 'SECRET_MISSING',
    says: 'ERROR: failed to build: failed to stat /nowhere: stat /nowhere: no such file or directory',
  },
  ...[503, 429].map((status) => ({
    kind: 'transient' as const,
    code: 'DOWNLOAD_FAILED' as const,
    says: `ERROR: failed to build: failed to solve: failed to load cache key: invalid response status ${status}`,
  })),
  {
    kind: 'permanent',
    code: 'DOWNLOAD_FAILED',
    says: 'ERROR: failed to build: failed to solve: failed to load cache key: invalid response status 404',
  },
  {
    kind: 'transient',
    code: 'DOWNLOAD_FAILED',
    says: 'ERROR: failed to build: failed to solve: failed to load cache key: Get "http://127.0.0.1:36517/drop": EOF',
  },
  {
    kind: 'permanent',
    code: 'REGISTRY_TLS',
    says: 'ERROR: failed to build: failed to solve: failed to push 10.0.0.5:5000/app: failed to do request: Head "https://10.0.0.5:5000/v2/app/blobs/sha256:ed": http: server gave HTTP response to HTTPS client',
  },
  {
    kind: 'permanent',
    code: 'REGISTRY_TLS',
    says: 'ERROR: failed to build: failed to solve: failed to push r.internal/app: failed to do request: Head "https://r.internal/v2/app/blobs/sha256:ed": tls: failed to verify certificate: x509: certificate signed by unknown authority',
  },
  {
    kind: 'permanent',
    code: 'BUILDER_STALE',
    says: 'ERROR: failed to build: Error response from daemon: No such container: buildx_buildkit_farm0',
  },
  {
    kind: 'permanent',
    code: 'BUILDER_DRIVER_WRONG',
    says: 'ERROR: failed to build: failed to solve: granting entitlement network.host is not allowed by build daemon configuration',
  },
  {
    kind: 'permanent',
    code: 'BUILD_FAILED',
    says: 'ERROR: failed to build: failed to solve: something nobody has seen yet',
  },
];

/** What commands print before they fail. */
const printed: readonly (Case & { readonly route?: RouteKind; readonly exit?: number })[] = [
  { kind: 'permanent', code: 'BUILD_STEP_FAILED', says: 'error: no rule to make target', exit: 2 },
  {
    kind: 'emulator',
    code: 'EMULATOR_CRASHED',
    says: 'qemu: uncaught target signal 11 (Segmentation fault) - core dumped',
    exit: 139,
  },
  {
    kind: 'emulator',
    code: 'EMULATOR_CRASHED',
    says: 'qemu-aarch64: Could not open /lib/ld-linux-aarch64.so.1: No such file or directory',
    exit: 255,
  },
  {
    kind: 'emulator',
    code: 'EMULATOR_CRASHED',
    says: 'Segmentation fault (core dumped)',
    exit: 139,
    route: 'emulated',
  },
  { kind: 'permanent', code: 'BUILD_STEP_FAILED', says: 'Segmentation fault (core dumped)', exit: 139 },
  { kind: 'emulator', code: 'EMULATOR_CRASHED', says: 'Illegal instruction', exit: 132, route: 'emulated' },
  { kind: 'emulator', code: 'EMULATOR_MISSING', says: 'exec /bin/sh: exec format error', exit: 1, route: 'emulated' },
  { kind: 'permanent', code: 'EMULATOR_MISSING', says: 'exec /bin/sh: exec format error', exit: 1 },
  { kind: 'transient', code: 'BUILDER_DISK_FULL', says: "dd: error writing '/x': No space left on device", exit: 1 },
  {
    kind: 'transient',
    code: 'BUILDER_MEMORY_FULL',
    says: 'c++: fatal error: Killed signal terminated program cc1plus\nKilled',
    exit: 1,
  },
  { kind: 'transient', code: 'BUILDER_MEMORY_FULL', says: '', exit: 137 },
  { kind: 'transient', code: 'BUILD_STEP_OFFLINE', says: "Temporary failure resolving 'deb.debian.org'", exit: 100 },
  { kind: 'transient', code: 'BUILD_STEP_OFFLINE', says: 'curl: (6) Could not resolve host: example.com', exit: 6 },
  { kind: 'transient', code: 'BUILD_STEP_OFFLINE', says: 'npm error code ECONNRESET', exit: 1 },
  { kind: 'transient', code: 'BUILD_STEP_OFFLINE', says: '  502 Bad Gateway [IP: 10.0.0.1 80]', exit: 100 },
];

describe('classifyFailure', () => {
  test.each(said)('takes what buildx says for $code, $kind: $says', ({ kind, code, says }) => {
    const { failure, fault } = classifyFailure({ cell, placement: placedBy('native'), text: says.split('\n') });

    expect([failure, fault.code]).toEqual([kind, code]);
    expect(fault.message).toMatch(/^Cannot build app\/linux\/amd64 on "farm": \S/);
    expect(fault.message).not.toMatch(/\$\d|\$&| \(\)/);
    expect(fault.hint).not.toBe('');
  });

  test.each(printed)(
    'takes what a command printed for $code, $kind: $says ($route)',
    ({ kind, code, says, exit, route = 'native' }) => {
      const error = `process "/bin/sh -c make" did not complete successfully: exit code: ${exit ?? 1}`;

      const { failure, fault } = classifyFailure({
        cell,
        placement: placedBy(route),
        text: [`ERROR: failed to build: failed to solve: ${error}`],
        step: runStep(says.split('\n')),
      });

      expect([failure, fault.code]).toEqual([kind, code]);
      expect(fault.message).toContain('"RUN make" failed, ');
      if (says !== '') expect(fault.frame).toContain(says.split('\n').at(-1));
    },
  );

  test('has a case for every row of both tables', () => {
    const step = printed.map(({ says, exit }) => `${says}\nexit code: ${exit ?? 1}`);
    const texts = said.map(({ says }) => says.replace(/^ERROR: (?:failed to build: )?(?:failed to solve: )?/, ''));

    expect(stepFailures.filter(({ pattern }) => !step.some((text) => pattern.test(text)))).toEqual([]);
    expect(builderFailures.filter(({ pattern }) => !texts.some((text) => pattern.test(text)))).toEqual([]);
  });

  test('does not take the words of a command for those of a builder', () => {
    const command =
      'process "/bin/sh -c echo no space left on device; 401 Unauthorized" did not complete successfully: exit code: 7';

    const { failure, fault } = classifyFailure({
      cell,
      placement: placedBy('native'),
      text: [`ERROR: failed to build: failed to solve: ${command}`],
      step: runStep(),
    });

    expect([failure, fault.code]).toEqual(['permanent', 'BUILD_STEP_FAILED']);
    expect(fault.message).toMatch(/it ended with exit code 7$/);
  });

  test('shows the place in the Dockerfile and the end of the output in one screen', () => {
    const { fault } = classifyFailure({
      cell,
      placement: placedBy('native'),
      text: [
        'Dockerfile:9',
        '--------------------',
        '   8 |     FROM base',
        '   9 | >>> RUN make',
        '--------------------',
        'ERROR: failed to build: failed to solve: process "/bin/sh -c make" did not complete successfully: exit code: 2',
      ],
      step: runStep(Array.from({ length: 40 }, (_, at) => `line ${at}`)),
    });

    expect(fault.where).toEqual({ platform: 'linux/amd64', file: '/src/Dockerfile', line: 9 });
    expect(fault.frame?.split('\n').slice(0, 3)).toEqual([
      '   8 |     FROM base',
      '   9 | >>> RUN make',
      'The end of its output:',
    ]);
    expect(fault.frame?.split('\n').length).toBeLessThan(24);
    expect(fault.frame).toContain('line 39');
  });

  test('tells a cache that could not be written by its step', () => {
    const step = { ...runStep(), name: 'exporting cache to registry' };

    const { failure } = classifyFailure({
      cell,
      placement: placedBy('native'),
      text: ['ERROR: failed to build: odd'],
      step,
    });

    expect(failure).toBe('cache-export');
  });

  test('tells a Docker context that does not exist from a builder that does not', () => {
    const evidence = { cell, placement: placedBy('native'), text: ['ERROR: no builder "far" found'] };

    expect(classifyFailure({ ...evidence, context: 'far' }).fault.code).toBe('DOCKER_CONTEXT_UNKNOWN');
    expect(classifyFailure(evidence).fault.code).toBe('BUILDER_UNKNOWN');
  });

  test('tells what ssh itself says', () => {
    const text = [
      'ERROR: error during connect: Head "http://docker.example.com/_ping": command [ssh -- farm docker system dial-stdio] has exited with exit status 255: stderr=Warning: odd',
      'ssh: connect to host farm port 22: Connection refused',
    ];

    const { fault } = classifyFailure({ cell, placement: placedBy('native'), text });

    expect(fault.message).toMatch(/reached by ssh \(ssh: connect to host farm port 22: Connection refused\)$/);
  });

  test('says something where buildx said nothing', () => {
    const { failure, fault } = classifyFailure({ cell, placement: placedBy('native'), text: [] });

    expect([failure, fault.code]).toEqual(['permanent', 'BUILD_FAILED']);
    expect(fault.message).toMatch(/buildx says nothing$/);
  });
});
