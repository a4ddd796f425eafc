import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Redactor } from '../../../src/errors/redact.ts';
import { quoteCommand, quoteWord } from '../../../src/host/quote-command.ts';
import { addSecretsOf, looksSecret } from '../../../src/host/secret-names.ts';

describe('quoteWord', () => {
  test.each([
    ['plain', 'plain'],
    ['a=b', 'a=b'],
    ['type=image,push=true', 'type=image,push=true'],
    ['', "''"],
    ['a b', "'a b'"],
    ["it's", String.raw`'it'\''s'`],
    ['$HOME', "'$HOME'"],
    ['*', "'*'"],
    ['~', "'~'"],
    ['a\nb', "'a\nb'"],
  ])('quotes %j', (word, quoted) => {
    expect(quoteWord(word)).toBe(quoted);
  });

  test('gives words that a real shell reads back unchanged', () => {
    const characters = [...'ab \'"`\\$*?[]{}()<>|&;!#~=%-\n\t'.split(''), 'é', '🚀'];
    const words = fc.sample(fc.string({ unit: fc.constantFrom(...characters), maxLength: 12 }), {
      numRuns: 300,
      seed: 7,
    });

    const script = words.map((word) => `printf '%s\\0' ${quoteWord(word)}`).join('\n');
    const read = execFileSync('sh', ['-c', script], { encoding: 'utf8' });

    expect(read.split('\0').slice(0, -1)).toEqual(words);
  });
});

describe('quoteCommand', () => {
  test.each([
    [['--password', 'hunter2'], '--password ***'],
    [['--password=hunter2'], '--password=***'],
    [['--password-stdin'], '--password-stdin'],
    [['--build-arg', 'NPM_TOKEN=abc'], '--build-arg NPM_TOKEN=***'],
    [['--build-arg=NPM_TOKEN=abc'], '--build-arg=NPM_TOKEN=***'],
    [['--build-arg', 'GOARM=7'], '--build-arg GOARM=7'],
    [['--secret', 'id=npm,env=NPM_TOKEN'], '--secret id=npm,env=NPM_TOKEN'],
    [['--secret=id=npm,src=/run/npm'], '--secret=id=npm,src=/run/npm'],
    [['https://me:pass@example.com/x'], 'https://***@example.com/x'],
  ])('leaves the secrets out of %j', (args, shown) => {
    expect(quoteCommand('docker', args, new Redactor()).replaceAll("'", '')).toBe(`docker ${shown}`);
  });

  test('leaves out a known secret that quoting would have cut in pieces', () => {
    const redactor = new Redactor();
    redactor.add("pass'word");

    expect(quoteCommand('login', ["x=pass'word"], redactor)).toBe("login 'x=***'");
  });
});

describe('looksSecret', () => {
  test.each([
    'GITHUB_TOKEN',
    'NPM_TOKEN',
    'DB_PASSWORD',
    'AWS_SECRET_ACCESS_KEY',
    'COSIGN_KEY',
    'apiKey',
    'GH_PAT',
    'MYSQL_PWD',
  ])('%s does', (name) => expect(looksSecret(name)).toBe(true));

  test.each([
    'PATH',
    'PWD',
    'OLDPWD',
    'HOME',
    'KEYBOARD',
    'AWS_WEB_IDENTITY_TOKEN_FILE',
    'MAX_TOKENS',
    'SSH_AUTH_SOCK',
  ])('%s does not', (name) => expect(looksSecret(name)).toBe(false));
});

describe('addSecretsOf', () => {
  test('makes values of secret names known, but no trivial ones', () => {
    const redactor = new Redactor();
    const env = { NPM_TOKEN: 'abcdef', USE_TOKEN: 'enabled', PORT_KEY: '8080', A_KEY: 'short', USER: 'somebody' };

    addSecretsOf({ ...env, GONE_TOKEN: undefined }, redactor);

    expect(redactor.redact('abcdef enabled 8080 short somebody')).toBe('*** enabled 8080 short somebody');
  });

  test('hides each line of a key of several lines', () => {
    const redactor = new Redactor();

    addSecretsOf({ SIGNING_KEY: '-----BEGIN-----\nMIGHAgEAMBMGByqGSM49\nAgEGCCqGSM49AwEHBG0w\n' }, redactor);

    expect(redactor.redact('log: AgEGCCqGSM49AwEHBG0w')).toBe('log: ***');
  });
});
