import { describe, expect, test } from 'vitest';
import { parseInspection } from '../../../../src/engine/buildkit/builders/parse-inspection.ts';

const fleet = `Name:          fleet
Driver:        remote
Last Activity: 2026-11-21 16:12:23 +0000 UTC

Nodes:
Name:             n1
Endpoint:         tcp://127.0.0.1:40567
Status:           running
BuildKit version: v0.25.1
Platforms:        linux/amd64*, linux/amd64/v2, linux/arm64
Labels:
 org.mobyproject.buildkit.worker.executor:         containerd
GC Policy rule#0:
 All:            false
 Keep Duration:  48h0m0s

Name:     n2
Endpoint: ssh://root@arm
Status:   inactive
`;

describe('parseInspection', () => {
  test('reads a fleet with what was declared and what was found', () => {
    expect(parseInspection(fleet)).toEqual({
      name: 'fleet',
      driver: 'remote',
      nodes: [
        {
          name: 'n1',
          endpoint: 'tcp://127.0.0.1:40567',
          status: 'running',
          version: 'v0.25.1',
          platforms: [
            { platform: 'linux/amd64', isDeclared: true },
            { platform: 'linux/amd64/v2', isDeclared: false },
            { platform: 'linux/arm64', isDeclared: false },
          ],
        },
        { name: 'n2', endpoint: 'ssh://root@arm', status: 'inactive', platforms: [] },
      ],
    });
  });

  test('reads why a builder cannot be used, and one without a driver', () => {
    const text = 'Name:   default\nDriver: \nError:  Cannot connect to the Docker daemon at unix:///x: no.\n';

    expect(parseInspection(text)).toEqual({
      name: 'default',
      driver: '',
      error: 'Cannot connect to the Docker daemon at unix:///x: no.',
      nodes: [],
    });
  });

  test('reads the key of BuildKit as older versions wrote it', () => {
    const text = 'Name: a\nDriver: docker\n\nNodes:\nName: a\nEndpoint: default\nStatus: running\nBuildkit: 0.9\n';

    expect(parseInspection(text).nodes[0]?.version).toBe('0.9');
  });

  test.each(['', 'Nodes:\n', 'Name: a\n'])('refuses %j', (text) => {
    expect(() => parseInspection(text)).toThrow(expect.objectContaining({ code: 'DOCKER_ANSWER_UNREADABLE' }));
  });
});
