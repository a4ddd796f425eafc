import { describe, expect, test } from 'vitest';
import { pathFilters } from '../../../src/ci/path-filters.ts';
import { usedPaths } from '../../../src/ci/used-paths.ts';
import { pipelineOf } from '../../support/pipeline-of.ts';
import { planOf } from '../../support/plan-facts.ts';

/** The globs of one Dockerfile in `/project`. */
function filtersOf(dockerfile: string, { ignore = '', config = '', folders = [] as readonly string[] } = {}) {
  const dockerfiles = { '/project/Dockerfile': dockerfile };
  const { cells } = planOf(config, {}, { dockerfiles });
  return pathFilters(usedPaths(cells, dockerfiles), {
    repository: '/project',
    ignoreFiles: ignore === '' ? {} : { '/project/.dockerignore': ignore },
    folders: new Set(folders.map((folder) => `/project/${folder}`)),
    files: new Set(['/project/go.mod']),
  });
}

describe('pathFilters', () => {
  test.each([
    ['one file', 'COPY go.mod ./', ['go.mod']],
    ['a folder', 'COPY src /src', ['src/**']],
    ['what may be either', 'COPY dist /dist', ['dist', 'dist/**']],
    ['a wildcard', 'COPY *.json ./', ['*.json', '*.json/**']],
    ['all', 'COPY . .', ['**']],
    ['all where a variable decides', 'ARG D=x\nCOPY ${D}/a /a', ['**']],
    ['the folder above what cannot be said', 'COPY src/[ab].ts /a', ['src/**']],
    ['nothing of another stage', 'COPY --from=alpine /etc/passwd /a', []],
    ['nothing of the web', 'ADD https://example.com/a.tar /a', []],
    ['what a RUN binds', 'RUN --mount=type=bind,source=src,target=/src true', ['src/**']],
    ['nothing of a cache', 'RUN --mount=type=cache,target=/root/.cache true', []],
  ])('names %s', (_what, instruction, expected) => {
    expect(filtersOf(`FROM scratch\n${instruction}\n`, { folders: ['src'] })).toEqual(expected);
  });

  test('leave out the stages that the target does not need', () => {
    const dockerfile = 'FROM scratch AS tests\nCOPY test /test\nFROM scratch\nCOPY src /src\n';

    expect(filtersOf(dockerfile, { folders: ['src', 'test'] })).toEqual(['src/**']);
    expect(filtersOf(dockerfile, { folders: ['src', 'test'], config: 'target: tests' })).toEqual(['test/**']);
  });

  test('take out what .dockerignore leaves out, where it lies in what is used', () => {
    const ignore = 'docs\n*.md\nsrc/fixtures\n';

    expect(filtersOf('FROM scratch\nCOPY . .\n', { ignore })).toEqual([
      '**',
      '!docs',
      '!docs/**',
      '!*.md',
      '!src/fixtures',
      '!src/fixtures/**',
    ]);
    expect(filtersOf('FROM scratch\nCOPY src /src\n', { ignore, folders: ['src'] })).toEqual([
      'src/**',
      '!src/fixtures',
      '!src/fixtures/**',
    ]);
  });

  test('keep what .dockerignore puts back, and what its pattern says in a way of its own', () => {
    expect(filtersOf('FROM scratch\nCOPY . .\n', { ignore: 'docs\n!docs/license.txt\n[ab].txt\nbuild\n' })).toEqual([
      '**',
      '!build',
      '!build/**',
    ]);
  });

  test('name a folder that is a named context, and ignore nothing in it', () => {
    const filters = filtersOf('FROM scratch\nCOPY --from=shared lib /lib\nCOPY src /src\n', {
      config: 'contexts: {shared: common}',
      ignore: 'common',
      folders: ['src', 'common/lib'],
    });

    expect(filters).toEqual(['common/lib/**', 'src/**']);
  });
});

describe('the triggers of a pipeline', () => {
  test('count every change where `prepare` may read any file, and say why', () => {
    const free = pipelineOf('prepare: make').triggers;
    const told = pipelineOf('prepare: make\nci: {paths: [agent/**]}').triggers;

    expect(free.paths).toBeUndefined();
    expect(free.whyAllPaths).toContain('prepare');
    expect(told.paths).toEqual(['src/**', 'agent/**', 'Dockerfile', 'polyarch.yaml', '.github/workflows/polyarch.yml']);
  });

  test('count every change where the Dockerfile reads all', () => {
    const dockerfiles = { '/repo/Dockerfile': 'FROM scratch\nCOPY . /\n' };

    expect(pipelineOf('context: .', { dockerfiles }).triggers).toMatchObject({
      whyAllPaths: 'The Dockerfile reads the whole repository, so that every change counts',
    });
  });

  test('stand below the folder of the config where it is not the root of the repository', () => {
    const pipeline = pipelineOf('context: .', {
      root: '/repo/services/api',
      configFile: '/repo/services/api/polyarch.yaml',
      dockerfiles: { '/repo/services/api/Dockerfile': 'FROM scratch\nCOPY src /src\n' },
      folders: new Set(['/repo/services/api/src']),
    });

    expect(pipeline.folder).toBe('services/api');
    expect(pipeline.triggers.paths).toEqual([
      'services/api/src/**',
      'services/api/Dockerfile',
      'services/api/polyarch.yaml',
      '.github/workflows/polyarch.yml',
    ]);
  });

  test.each([
    ['tags: ["type=semver,pattern={{version}}"]', ['v*', '[0-9]*']],
    ['tags: ["type=ref,event=tag"]', ['**']],
    ['tags: ["type=sha"]', []],
    ['context: .', ['**']],
  ])('follow the git tags that the rules of %s speak of', (config, expected) => {
    expect(pipelineOf(config).triggers.tags).toEqual(expected);
  });
});
