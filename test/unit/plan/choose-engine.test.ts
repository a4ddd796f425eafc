import { describe, expect, test } from 'vitest';
import { applyFlags } from '../../../src/config/apply-flags.ts';
import { parseConfig } from '../../../src/config/parse-config.ts';
import type { BuilderFacts } from '../../../src/plan/builder-facts.ts';
import { chooseEngine, findBuildkitNeed, wantsBuilders } from '../../../src/plan/choose-engine.ts';
import { expandMatrix } from '../../../src/plan/expand-matrix.ts';
import { factsOf } from '../../support/plan-facts.ts';

const ready: BuilderFacts = { name: 'desk', driver: 'docker', state: 'ready', slots: 1, options: {}, nodes: [] };
const problem = {
  code: 'DOCKER_DOWN',
  exitCode: 5,
  message: 'Cannot use "desk": no daemon',
  hint: 'Start Docker',
  where: {},
};
const lost: BuilderFacts = { ...ready, state: 'unreachable', problem };

function needOf(dockerfile: string, yaml = 'images: {app: {}}\n'): string | undefined {
  const config = parseConfig(yaml, { file: 'polyarch.yaml', folderName: 'project' });
  const facts = factsOf({ dockerfiles: { '/project/Dockerfile': dockerfile } });
  const applied = applyFlags(config, {}, { env: {}, workingDirectory: '/project', root: '/project' });
  return findBuildkitNeed(
    applied.config.images.flatMap((image) => expandMatrix(image, facts)),
    facts,
  );
}

describe('findBuildkitNeed', () => {
  test.each([
    ['line 2 of Dockerfile runs a command', 'FROM alpine\nRUN make\n', undefined],
    ['line 2 of Dockerfile adds a git repository', 'FROM scratch\nADD https://github.com/a/b.git /src\n', undefined],
    [
      'the context "src" is fetched from elsewhere',
      'FROM scratch\nCOPY . /\n',
      'images: {app: {contexts: {src: "https://a/b.git"}}}',
    ],
    ['a bill of materials is asked for', 'FROM scratch\nCOPY . /\n', 'images: {app: {sbom: true}}'],
    ['provenance is asked for', 'FROM scratch\nCOPY . /\n', 'images: {app: {provenance: mode=max}}'],
    [undefined, 'FROM scratch\nCOPY . /\n', 'images: {app: {sbom: false, provenance: false, contexts: {src: lib}}}'],
    [undefined, 'FROM alpine AS unused\nRUN make\nFROM scratch\nADD https://a/b.tar /\n', undefined],
  ])('gives %j for %j', (need, dockerfile, yaml) => {
    expect(needOf(dockerfile, yaml)).toBe(need);
  });
});

describe('chooseEngine', () => {
  const need = 'line 2 of Dockerfile runs a command';

  test.each([
    ['embedded', { choice: 'auto', need: undefined, builders: [] }],
    ['embedded', { choice: 'embedded', need, builders: [] }],
    ['buildkit', { choice: 'auto', need, builders: [ready] }],
    ['buildkit', { choice: 'auto', need, builders: [lost, ready] }],
    ['buildkit', { choice: 'buildkit', need: undefined, builders: [{ ...ready, state: 'missing' }] }],
  ] as const)('gives %s for %j', (name, circumstances) => {
    expect(chooseEngine(circumstances).name).toBe(name);
  });

  test('says which and why', () => {
    expect(chooseEngine({ choice: 'auto', need, builders: [lost, ready] }).reason).toBe(
      'Line 2 of Dockerfile runs a command, and BuildKit is there: "desk"',
    );
  });

  test('tells what was tried where none can be used', () => {
    expect(() => chooseEngine({ choice: 'auto', need, builders: [lost] })).toThrow(
      expect.objectContaining({
        code: 'ENGINE_UNAVAILABLE',
        frame: '  tried: Cannot use "desk": no daemon',
        hint: 'Start Docker',
      }),
    );
  });

  test('wakes no daemon where none is needed', () => {
    expect(wantsBuilders({ choice: 'auto', need: undefined })).toBe(false);
    expect(wantsBuilders({ choice: 'embedded', need })).toBe(false);
    expect(wantsBuilders({ choice: 'auto', need })).toBe(true);
    expect(wantsBuilders({ choice: 'buildkit', need: undefined })).toBe(true);
  });
});
