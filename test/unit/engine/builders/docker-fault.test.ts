import { describe, expect, test } from 'vitest';
import { explainDocker } from '../../../../src/engine/buildkit/builders/docker-fault.ts';

describe('explainDocker', () => {
  test.each([
    ['BUILDX_MISSING', 'docker: unknown command: docker buildx\n\nRun docker --help', 'no buildx plugin'],
    [
      'DOCKER_CONTEXT_UNKNOWN',
      'Failed to initialize: unable to resolve docker endpoint: context "arm": context not found: open /x: no such file',
      'no Docker context "arm"',
    ],
    [
      'DOCKER_DOWN',
      'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?',
      'answers at unix:///var/run/docker.sock',
    ],
    [
      'DOCKER_DENIED',
      'permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock',
      'may not speak',
    ],
    [
      'BUILDER_SSH_DENIED',
      'command [ssh -l root -- arm docker system dial-stdio] has exited: stderr=root@arm: Permission denied (publickey).',
      '(publickey)',
    ],
    ['BUILDER_HOST_UNKNOWN', 'stderr=Host key verification failed.', 'not known here'],
    [
      'BUILDER_HOST_UNKNOWN',
      '@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nHost key verification failed.',
      'not the one',
    ],
    [
      'BUILDER_UNREACHABLE',
      'stderr=ssh: connect to host 127.0.0.1 port 1: Connection refused',
      'nothing answers at 127.0.0.1',
    ],
    ['BUILDER_UNREACHABLE', 'ssh: Could not resolve hostname nowhere: Name or service not known', '"nowhere"'],
    ['BUILDER_UNREACHABLE', 'dial tcp: lookup farm on 10.0.0.1:53: no such host', '"farm"'],
    ['BUILDER_UNREACHABLE', 'stderr=bash: line 1: docker: command not found', 'no docker on that machine'],
    [
      'BUILDER_NOT_CREATED',
      'failed to resolve reference "docker.io/moby/buildkit:x": dial tcp: lookup r on 10.0.0.1:53: no such host',
      'cannot pull docker.io/moby/buildkit:x',
    ],
    ['BUILDER_UNKNOWN', 'ERROR: no builder "graviton" found', '"graviton"'],
    [
      'BUILDER_DRIVER_WRONG',
      'ERROR: Multi-platform build is not supported for the docker driver.',
      'one platform at a time',
    ],
    ['BUILDER_STALE', 'Error response from daemon: No such container: buildx_buildkit_a0', '"buildx_buildkit_a0"'],
  ])('says %s of %j', (code, text, part) => {
    const fault = explainDocker(text, 'the builder "x"');

    expect(fault).toMatchObject({ code, message: expect.stringContaining(part) as unknown });
    expect(fault?.message).toMatch(/^Cannot use the builder "x": /);
  });

  test('keeps silent about what it does not know', () => {
    expect(explainDocker('ERROR: something else', 'buildx')).toBeUndefined();
  });
});
