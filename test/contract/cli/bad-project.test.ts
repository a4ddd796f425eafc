import { describe, test } from 'vitest';
import { type BadInput, expectRefusal } from './bad-input.ts';

const dockerfile = { Dockerfile: 'FROM scratch\nCOPY a /a\n', a: 'A' };

function configured(config: string): Readonly<Record<string, string>> {
  return { ...dockerfile, 'polyarch.yaml': config };
}

const folders: readonly BadInput[] = [
  {
    name: 'that does not exist',
    args: ['build', 'nowhere'],
    exitCode: 2,
    says: [
      'Cannot build "nowhere": there is no such folder, expected a folder with a Dockerfile',
      'polyarch build DIR',
    ],
  },
  {
    name: 'that is a file',
    files: dockerfile,
    args: ['build', 'Dockerfile'],
    exitCode: 2,
    says: ['Cannot build "Dockerfile": it is not a folder'],
  },
  {
    name: 'that is empty',
    args: ['build', '.'],
    exitCode: 2,
    says: ['there is no file "Dockerfile"', 'hint: The folder is empty', 'code: DOCKERFILE_MISSING'],
  },
  {
    name: 'without a Dockerfile, but with one of another name',
    files: { Containerfile: 'FROM scratch\n', 'README.md': '' },
    args: ['build', '.'],
    exitCode: 2,
    says: ['there is no file "Dockerfile"', 'hint: Name it with -f; there is Containerfile'],
  },
  {
    name: 'with a folder in place of the Dockerfile',
    files: { 'Dockerfile/a': '' },
    args: ['build', '.'],
    exitCode: 2,
    says: ['"Dockerfile" is a folder'],
  },
  {
    name: 'whose Dockerfile was named wrongly',
    files: dockerfile,
    args: ['build', '-f', 'Dokerfile'],
    exitCode: 2,
    says: ['there is no file "Dokerfile"', 'hint: Name it with -f; there is Dockerfile'],
  },
];

const configs: readonly BadInput[] = [
  {
    name: 'an unknown key',
    files: configured('image: acme/app\nplatfroms: [linux/amd64]\n'),
    args: ['build'],
    exitCode: 2,
    says: [
      'polyarch.yaml:2:1: unknown key "platfroms"; did you mean "platforms"',
      '> 2 | platfroms:',
      'allowed here: annotations,',
    ],
  },
  {
    name: 'a value of the wrong type',
    files: configured('platforms: linux/amd64\n'),
    args: ['build'],
    exitCode: 2,
    says: ['polyarch.yaml:1:12: "platforms" is the text "linux/amd64", expected a list', 'for example: platforms: ['],
  },
  {
    name: 'a platform twice, spelt differently',
    files: configured('platforms:\n  - linux/amd64\n  - linux/x86_64\n'),
    args: ['build'],
    exitCode: 2,
    says: ['polyarch.yaml:3:5: the platform "linux/amd64" stands here twice', '> 3 |   - linux/x86_64'],
  },
  {
    name: 'an unknown platform',
    files: configured('platforms:\n  - linux/amd64\n  - linux/riscv46\n'),
    args: ['build'],
    exitCode: 2,
    says: [
      'polyarch.yaml:3:5:',
      '"riscv46" is no known architecture; did you mean "riscv64"',
      'os/architecture[/variant]',
    ],
  },
  {
    name: 'text that is no YAML',
    files: configured('platforms: [linux/amd64\nimage: a\n'),
    args: ['build'],
    exitCode: 2,
    says: ['polyarch.yaml:2:', 'code: CONFIG_MALFORMED'],
  },
  {
    name: 'a name that leads nowhere',
    files: dockerfile,
    args: ['build', '--config', 'other.yaml'],
    exitCode: 2,
    says: ['Cannot read the config', 'other.yaml', 'hint: Look at the path behind --config'],
  },
  {
    name: 'a command to prepare that does not succeed',
    files: configured('prepare: echo no room >&2; exit 3\n'),
    args: ['build', '--quiet'],
    exitCode: 1,
    says: [
      'Cannot prepare "app"',
      'because Cannot run `sh -c',
      'exit code 3',
      '  no room',
      'hint: Run the command by hand in the folder of polyarch.yaml',
    ],
  },
];

const dockerfiles: readonly BadInput[] = [
  {
    name: 'stages in a circle',
    files: { Dockerfile: 'FROM scratch AS a\nCOPY --from=b /x /\nFROM scratch AS b\nCOPY --from=a /x /\n' },
    args: ['build'],
    exitCode: 2,
    says: ['circular dependency', 'Dockerfile:4:13', '> 4 | COPY --from=a /x /', 'Move what both need into a stage'],
  },
  {
    name: 'an unknown instruction',
    files: { Dockerfile: 'FROM scratch\nCOPPY a /\n' },
    args: ['build'],
    exitCode: 2,
    says: ['unknown instruction: COPPY (did you mean COPY?)', 'Dockerfile:2:1', '> 2 | COPPY a /'],
  },
  {
    name: 'no instruction',
    files: { Dockerfile: '# nothing\n' },
    args: ['build'],
    exitCode: 2,
    says: ['file with no instructions', 'code: DOCKERFILE_SYNTAX'],
  },
];

describe('a folder', () => {
  test.concurrent.each(folders)('$name is refused', expectRefusal);
});

describe('a config with', () => {
  test.concurrent.each(configs)('$name is refused', expectRefusal);
});

describe('a Dockerfile with', () => {
  test.concurrent.each(dockerfiles)('$name is refused', expectRefusal);
});
