import { describe, expect, test } from 'vitest';
import { main } from '../../../src/cli/main.ts';
import type { OutputStream } from '../../../src/host/terminal.ts';

/** A stream that keeps what is written to it. */
class KeptStream implements OutputStream {
  readonly isTTY = false;
  text = '';

  write(text: string): void {
    this.text += text;
  }

  on(): void {
    // A pipe has no size that could change.
  }

  off(): void {
    // See above.
  }
}

async function call(args: readonly string[]) {
  const stdout = new KeptStream();
  const stderr = new KeptStream();
  const exitCode = await main(args, { stdout, stderr });
  return { exitCode, stdout: stdout.text, stderr: stderr.text };
}

interface Misuse {
  readonly name: string;
  readonly args: readonly string[];
  readonly says: readonly string[];
}

const cases: readonly Misuse[] = [
  {
    name: 'an unknown command',
    args: ['biuld'],
    says: ['Cannot run `polyarch`: there is no command "biuld"; did you mean "build"', 'hint: See `polyarch help`'],
  },
  {
    name: 'an unknown subcommand',
    args: ['cache', 'lst'],
    says: ['`polyarch cache`: there is no command "lst"; did you mean "ls"', 'hint: See `polyarch help cache`'],
  },
  {
    name: 'the help of an unknown command',
    args: ['help', 'inspct'],
    says: ['Cannot show help: there is no command "inspct"; did you mean "inspect"'],
  },
  {
    name: 'an unknown flag',
    args: ['build', '--platfrom', 'linux/arm64'],
    says: ['`polyarch build`: there is no flag "--platfrom"; did you mean "--platforms"', 'See `polyarch help build`'],
  },
  { name: 'a flag without its value', args: ['build', '--build-arg'], says: ['--build-arg <name=value> has no value'] },
  {
    name: 'a value that a flag does not take',
    args: ['build', '--compression', 'lz4'],
    says: ['--compression <type> is "lz4", expected one of gzip, zstd'],
  },
  { name: 'too many arguments', args: ['build', 'a', 'b'], says: ['2 arguments, expected 1 at most'] },
  { name: 'a missing argument', args: ['inspect'], says: ['`polyarch inspect`: <image> is missing'] },
  { name: 'a missing flag', args: ['registry', 'gc'], says: ['--dir <folder> is missing'] },
  {
    name: 'a size that is none',
    args: ['cache', 'prune', '--keep', 'lots'],
    says: ['Cannot read "lots": expected a size such as 500MB or 10GB'],
  },
  {
    name: 'an age that is none',
    args: ['cache', 'prune', '--older-than', '3 fortnights'],
    says: ['Cannot read "3 fortnights": expected an age such as 24h or 30d'],
  },
  {
    name: 'a certificate without its key',
    args: ['registry', 'serve', '--tls-cert', 'cert.pem'],
    says: ['--tls-cert and --tls-key are given together or not at all'],
  },
  {
    name: 'a file of users that is not there',
    args: ['registry', 'serve', '--users', 'nobody.txt'],
    says: ['Cannot read "nobody.txt"', 'code: SERVER_FILE_UNREADABLE'],
  },
];

describe('main', () => {
  test.each(cases)('refuses $name', async ({ args, says }) => {
    const { exitCode, stdout, stderr } = await call(args);

    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    for (const part of says) expect(stderr).toContain(part);
    expect(stderr).toMatch(/^error: .+\n(?:.+\n)*hint: .+\ncode: [A-Z_]+\n$/);
  });

  test.each([['--version'], ['-V'], ['-v'], ['version']])('prints the version for %s', async (flag) => {
    expect(await call([flag])).toEqual({ exitCode: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/), stderr: '' });
  });

  test('shows the help of the program without a command, on stderr, as misuse', async () => {
    const { exitCode, stdout, stderr } = await call([]);

    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(/^Usage: polyarch \[options\] \[command\]/);
    expect(stderr).toContain('error: Cannot run `polyarch`: no command is given, expected one of those above');
  });

  test('shows one help for help, --help and -h, on stdout', async () => {
    const [help, long, short] = await Promise.all([['help'], ['--help'], ['-h']].map(call));

    expect(help).toMatchObject({ exitCode: 0, stderr: '' });
    expect([long, short]).toEqual([help, help]);
  });

  test('tells misuse as JSON where JSON was asked for', async () => {
    const { exitCode, stdout, stderr } = await call(['build', '--nope', '--json']);

    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({
      version: 1,
      kind: 'polyarch/error',
      code: 'USAGE',
      hint: 'See `polyarch help build`',
    });
  });

  test('colours faults where colours are asked for', async () => {
    const [coloured, plain] = await Promise.all([
      call(['biuld', '--color=always']),
      call(['biuld', '--color', 'never']),
    ]);

    expect(coloured.stderr).toContain('\u001B[');
    expect(plain.stderr).not.toContain('\u001B[');
  });
});
