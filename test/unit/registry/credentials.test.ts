import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { chooseEntry, decodeCredentialFile } from '../../../src/registry/credential-file.ts';
import { askCredentialHelper } from '../../../src/registry/credential-helper.ts';
import { findCredentials } from '../../../src/registry/find-credentials.ts';
import { fakeHost } from '../../support/fake-host.ts';

let home = '';

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'credentials-'));
});

afterEach(() => rm(home, { recursive: true, force: true }));

function pair(text: string): string {
  return Buffer.from(text).toString('base64');
}

async function write(path: string, document: unknown): Promise<void> {
  await mkdir(join(home, path, '..'), { recursive: true });
  await writeFile(join(home, path), typeof document === 'string' ? document : JSON.stringify(document));
}

/** A docker-credential program that answers with a script. */
async function writeHelper(name: string, script: string): Promise<void> {
  await write(`bin/docker-credential-${name}`, `#!/bin/sh\n${script}\n`);
  await chmod(join(home, `bin/docker-credential-${name}`), 0o755);
}

async function found(env: Readonly<Record<string, string>>, registry = 'ghcr.io', repository = 'acme/app') {
  const host = fakeHost({ env: { HOME: home, PATH: `${home}/bin:/usr/bin:/bin`, ...env } });
  const search = await findCredentials(host, registry, repository);
  return { host, ...search };
}

describe('decodeCredentialFile', () => {
  test.each([
    [{ auth: pair('ann:a:b:c') }, { kind: 'password', username: 'ann', password: 'a:b:c' }],
    [{ auth: pair('ann:secret\0\0') }, { kind: 'password', username: 'ann', password: 'secret' }],
    [
      { username: 'ann', password: 'secret' },
      { kind: 'password', username: 'ann', password: 'secret' },
    ],
    [
      { auth: pair('ann:'), identitytoken: 'idt' },
      { kind: 'identity-token', username: 'ann', token: 'idt' },
    ],
    [{ auth: pair('<token>:idt') }, { kind: 'identity-token', username: '<token>', token: 'idt' }],
    [{ registrytoken: 'rt' }, { kind: 'registry-token', token: 'rt' }],
    [{}, undefined],
    [{ auth: pair('nothing') }, undefined],
  ])('reads %j', (entry, expected) => {
    const file = decodeCredentialFile(JSON.stringify({ auths: { 'ghcr.io': entry } }), 'config.json');

    expect(file.auths.get('ghcr.io')).toEqual(expected);
  });

  test.each(['{', '[]', 'null'])('refuses %s without repeating it', (text) => {
    expect(() => decodeCredentialFile(text, 'config.json')).toThrow(
      expect.objectContaining({ code: 'CREDENTIALS_MALFORMED', where: { file: 'config.json' } }),
    );
  });
});

describe('chooseEntry', () => {
  test.each([
    ['ghcr.io', 'ghcr.io', true],
    ['https://ghcr.io', 'ghcr.io', true],
    ['https://ghcr.io/v2/', 'ghcr.io', true],
    ['GHCR.IO', 'ghcr.io', true],
    ['https://index.docker.io/v1/', 'docker.io', true],
    ['registry-1.docker.io', 'docker.io', true],
    ['ghcr.io.evil.example', 'ghcr.io', false],
    ['hcr.io', 'ghcr.io', false],
    ['ghcr.io:443', 'ghcr.io', false],
    ['ghcr.io/acme', 'ghcr.io', true],
    ['ghcr.io/acm', 'ghcr.io', false],
  ])('an entry for %s is meant for %s: %s', (written, registry, expected) => {
    expect(chooseEntry(new Map([[written, 1]]), registry, 'acme/app') !== undefined).toBe(expected);
  });

  test('takes the longest path, as podman does', () => {
    const entries = new Map([
      ['ghcr.io', 1],
      ['ghcr.io/acme/app', 3],
      ['ghcr.io/acme', 2],
    ]);

    expect(chooseEntry(entries, 'ghcr.io', 'acme/app')).toBe(3);
    expect(chooseEntry(entries, 'ghcr.io', 'acme/other')).toBe(2);
    expect(chooseEntry(entries, 'ghcr.io', 'other')).toBe(1);
  });
});

describe('findCredentials', () => {
  const inVariable = JSON.stringify({ auths: { 'ghcr.io': { auth: pair('var:secret-1') } } });

  test('asks the variable before the files, and the files where it has nothing', async () => {
    await write('.docker/config.json', {
      auths: { 'ghcr.io': { auth: pair('file:secret-2') }, 'quay.io': { auth: pair('q:secret-3') } },
    });

    const both = await found({ DOCKER_AUTH_CONFIG: inVariable });
    const file = await found({ DOCKER_AUTH_CONFIG: inVariable }, 'quay.io');

    expect(both.credentials).toMatchObject({ username: 'var' });
    expect(file.credentials).toMatchObject({ username: 'q' });
    expect(file.place).toBe(join(home, '.docker/config.json'));
  });

  test('reads DOCKER_CONFIG in place of the home folder', async () => {
    await write('.docker/config.json', { auths: { 'ghcr.io': { auth: pair('home:secret-1') } } });
    await write('other/config.json', { auths: { 'ghcr.io': { auth: pair('other:secret-2') } } });

    expect((await found({ DOCKER_CONFIG: join(home, 'other') })).credentials).toMatchObject({ username: 'other' });
    expect((await found({})).credentials).toMatchObject({ username: 'home' });
  });

  test.each([
    ['REGISTRY_AUTH_FILE', 'auth.json', 'auth.json'],
    ['XDG_RUNTIME_DIR', 'containers/auth.json', '.'],
    ['XDG_CONFIG_HOME', 'containers/auth.json', '.'],
  ])("reads podman's file by %s", async (variable, path, value) => {
    await write(path, { auths: { 'ghcr.io/acme': { auth: pair('podman:secret-1') } } });

    const { credentials } = await found({ [variable]: join(home, value) });

    expect(credentials).toMatchObject({ username: 'podman' });
  });

  test('takes GITHUB_TOKEN for ghcr.io and for nothing else', async () => {
    const env = { GITHUB_TOKEN: 'ghs_secret', GITHUB_ACTOR: 'ann' };

    expect((await found(env)).credentials).toEqual({ kind: 'password', username: 'ann', password: 'ghs_secret' });
    expect((await found(env, 'ghcr.io.evil.example')).credentials).toBeUndefined();
  });

  test('tells every form of a secret to the redactor', async () => {
    const { host } = await found({ DOCKER_AUTH_CONFIG: inVariable });

    expect(host.redactor.redact(`secret-1 ${pair('var:secret-1')}`)).toBe('*** ***');
  });

  test('asks the helper of the host before the store, and the store before the entry', async () => {
    await writeHelper('mine', 'cat >/dev/null; echo \'{"Username":"helper","Secret":"secret-1"}\'');
    await writeHelper('all', 'cat >/dev/null; echo \'{"Username":"store","Secret":"secret-2"}\'');
    const auths = { 'quay.io': { auth: pair('file:secret-3') }, 'ghcr.io': { auth: pair('file:secret-3') } };
    await write('.docker/config.json', { auths, credHelpers: { 'ghcr.io': 'mine' }, credsStore: 'all' });

    expect((await found({})).credentials).toMatchObject({ username: 'helper' });
    expect((await found({}, 'quay.io')).credentials).toMatchObject({ username: 'store' });
  });

  test('goes on without a helper that does not work, and remembers why', async () => {
    await write('.docker/config.json', {
      credsStore: 'missing',
      auths: { 'ghcr.io': { auth: pair('file:secret-1') } },
    });

    const { credentials, failures } = await found({});

    expect(credentials).toMatchObject({ username: 'file' });
    expect(failures.map(({ code }) => code)).toEqual(['CREDENTIAL_HELPER_FAILED']);
  });
});

describe('askCredentialHelper', () => {
  async function ask(script: string, registry = 'ghcr.io') {
    await writeHelper('it', script);
    return askCredentialHelper(fakeHost({ env: { PATH: `${home}/bin:/usr/bin:/bin` } }), 'it', registry);
  }

  test('sends the name of the server', async () => {
    const script = 'read -r name; echo "{\\"Username\\":\\"$name\\",\\"Secret\\":\\"secret\\"}"';

    expect(await ask(script)).toMatchObject({ username: 'ghcr.io' });
    expect(await ask(script, 'docker.io')).toMatchObject({ username: 'https://index.docker.io/v1/' });
  });

  test('takes "credentials not found" as none, and other ends as a fault', async () => {
    expect(await ask('echo credentials not found in native keychain; exit 1')).toBeUndefined();
    await expect(ask('echo boom; exit 1')).rejects.toMatchObject({ code: 'CREDENTIAL_HELPER_FAILED' });
  });

  test('knows an identity token by its user', async () => {
    expect(await ask('echo \'{"Username":"<token>","Secret":"idt"}\'')).toMatchObject({
      kind: 'identity-token',
      token: 'idt',
    });
  });

  test.each(['echo hello', 'echo \'{"Username":1}\''])('refuses the answer of %s', async (script) => {
    await expect(ask(script)).rejects.toMatchObject({ code: 'CREDENTIAL_HELPER_FAILED' });
  });

  test('runs nothing whose name could be a path', async () => {
    await expect(askCredentialHelper(fakeHost(), '../../bin/sh', 'ghcr.io')).rejects.toMatchObject({
      code: 'CREDENTIAL_HELPER_FAILED',
    });
  });
});
