import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../../src/config/parse-config.ts';
import { warnOfEmulation } from '../../../src/run/warn-of-emulation.ts';
import { fakeHost } from '../../support/fake-host.ts';
import { planOf } from '../../support/plan-facts.ts';

const node = { name: 'n', endpoint: '', state: 'ready', native: ['linux/amd64'], emulated: ['linux/arm64'] } as const;
const desk = {
  name: 'desk',
  driver: 'docker',
  state: 'ready',
  slots: 1,
  options: {},
  nodes: [{ ...node, canPushByDigest: false }],
} as const;

function notesOf(emulation: string) {
  const yaml = `images: {app: {platforms: [linux/amd64, linux/arm64], emulation: ${emulation}}}\n`;
  const plan = planOf(
    yaml,
    {},
    {
      dockerfiles: { '/project/Dockerfile': 'FROM alpine\nRUN make\n' },
      engine: { name: 'buildkit', reason: '' },
      builders: [desk],
    },
  );
  const host = fakeHost();
  warnOfEmulation(plan, parseConfig(yaml, { file: 'polyarch.yaml', folderName: 'project' }), host);
  return host.events;
}

describe('warnOfEmulation', () => {
  test('tells what will be emulated where the config wants to be warned, and only there', () => {
    expect(notesOf('warn')).toMatchObject([
      {
        kind: 'note',
        level: 'warning',
        text: expect.stringMatching(/^app\/linux\/arm64 will be emulated\. Line 2 /) as unknown,
      },
    ]);
    expect(notesOf('allow')).toEqual([]);
  });
});
