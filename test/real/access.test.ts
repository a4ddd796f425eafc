import { writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import type { OwnRegistry } from './support/own-registry.ts';
import { useWorkbench } from './support/workbench.ts';

const credentials = ['--username', 'anna', '--password-stdin'];

/** Who may use the embedded registry, and over TLS. */
describe('the embedded registry asks who it is', () => {
  const workbench = useWorkbench();
  let registry: OwnRegistry;
  let layer: string;

  beforeAll(async () => {
    writeFileSync(workbench.path('users'), '# who may push\nanna:right: pass-word\n');
    layer = workbench.path('layer.tar');
    await workbench.run('tar', ['-cf', layer, '-C', workbench.files('tree', { file: 'held back' }), '.']);
    registry = await workbench.serve('closed', ['--users', workbench.path('users')]);
  });

  test('docker login takes the right password and no other', async () => {
    const login = ['login', ...credentials, registry.address];
    const env = { DOCKER_CONFIG: workbench.path('login', 'config') };

    const wrong = await workbench.attempt('docker', login, { env, input: 'wrong' });
    const right = await workbench.attempt('docker', login, { env, input: 'right: pass-word' });

    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toMatch(/401|unauthorized/i);
    expect(right.stdout + right.stderr).toContain('Login Succeeded');
  });

  test('crane pushes and pulls once it is logged in', async () => {
    const env = { DOCKER_CONFIG: workbench.path('crane', 'config') };
    const reference = `${registry.address}/closed/app:1`;
    const append = ['append', '--oci-empty-base', '-f', layer, '-t', reference];

    const before = await workbench.attempt('crane', append, { env });
    await workbench.run('crane', ['auth', 'login', '-u', 'anna', '--password-stdin', registry.address], {
      env,
      input: 'right: pass-word',
    });
    await workbench.run('crane', append, { env });

    expect(before.code).toBe(1);
    expect(before.stderr).toMatch(/unauthorized/i);
    await workbench.run('crane', ['validate', '--remote', reference], { env });
  });

  test('skopeo and our own client use what docker login wrote', async () => {
    const folder = workbench.path('both', 'config');
    const env = { DOCKER_CONFIG: folder };
    const reference = `${registry.address}/closed/both:1`;
    await workbench.run('docker', ['login', ...credentials, registry.address], { env, input: 'right: pass-word' });
    const auth = ['--dest-tls-verify=false', '--dest-authfile', `${folder}/config.json`];
    const layout = workbench.path('both', 'layout');
    await workbench.polyarch(['build', workbench.files('both/context', hello), '-o', `oci:${layout}`]);

    await workbench.run('skopeo', ['copy', '--all', ...auth, `oci:${layout}`, `docker://${reference}`]);
    const inspected = await workbench.polyarch(['inspect', '--json', reference], { env });
    const refused = await workbench.attemptPolyarch(['inspect', reference]);

    expect(JSON.parse(inspected)).toMatchObject({ reference, kind: 'index' });
    expect(refused.code).toBe(4);
    expect(refused.stderr).toContain('REGISTRY_UNAUTHORIZED');
  });

  test('everybody may pull and nobody push where that is allowed', async () => {
    const open = await workbench.serve('half-open', ['--users', workbench.path('users'), '--anonymous-pull']);
    const reference = `${open.address}/open/app:1`;
    const env = { DOCKER_AUTH_CONFIG: authConfig(open.address, 'anna:right: pass-word') };
    await workbench.polyarch(['build', workbench.files('open/context', hello), '-t', reference, '--push'], { env });

    await workbench.run('crane', ['validate', '--remote', reference]);
    const pushed = await workbench.attempt('crane', ['tag', reference, 'other']);

    expect(pushed.code).toBe(1);
    expect(pushed.stderr).toMatch(/unauthorized/i);
  });

  test('a read-only registry serves and takes nothing', async () => {
    const filled = await workbench.serve('frozen');
    const reference = `${filled.address}/frozen/app:1`;
    await workbench.run('crane', ['append', '--oci-empty-base', '-f', layer, '-t', reference]);
    await filled.stop();
    const frozen = await workbench.serve('frozen', ['--read-only']);

    const kept = `${frozen.address}/frozen/app:1`;
    await workbench.run('crane', ['validate', '--remote', kept]);
    for (const args of [
      ['tag', kept, 'other'],
      ['delete', kept],
    ])
      expect((await workbench.attempt('crane', args)).code).toBe(1);
    expect(await workbench.run('crane', ['ls', `${frozen.address}/frozen/app`])).toBe('1\n');
  });
});

/** The embedded registry with a certificate made here. */
describe('the embedded registry speaks TLS', () => {
  const workbench = useWorkbench();
  let registry: OwnRegistry;
  let authority: string;

  beforeAll(async () => {
    authority = workbench.path('tls', 'cert.pem');
    const key = workbench.path('tls', 'key.pem');
    const names = 'subjectAltName=IP:127.0.0.1,DNS:localhost';
    await workbench.run('openssl', [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
      ...['-subj', '/CN=polyarch test', '-addext', names, '-keyout', key, '-out', authority],
    ]);
    registry = await workbench.serve('secure', ['--tls-cert', authority, '--tls-key', key]);
  });

  test('clients that trust the certificate push and pull', async () => {
    const reference = `${registry.address}/tls/app:1`;
    const layer = workbench.path('tls.tar');
    await workbench.run('tar', ['-cf', layer, '-C', workbench.files('tls-tree', { file: 'secret' }), '.']);
    const env = { SSL_CERT_FILE: authority };

    await workbench.run('crane', ['append', '--oci-empty-base', '-f', layer, '-t', reference], { env });
    await workbench.run('crane', ['validate', '--remote', reference], { env });
    const attached = workbench.files('tls-attach', { 'note.txt': 'over TLS' });
    await workbench.run('oras', ['attach', '--ca-file', authority, '--artifact-type', 'a/b', reference, 'note.txt'], {
      cwd: attached,
    });
    await workbench.run('docker', ['pull', '--quiet', reference]);

    expect(registry.url).toMatch(/^https:/);
    expect(await workbench.run('oras', ['discover', '--ca-file', authority, reference])).toContain('a/b');
  });

  test('clients that do not trust it are not served', async () => {
    const { code, stderr } = await workbench.attempt('oras', ['repo', 'ls', registry.address]);

    expect(code).toBe(1);
    expect(stderr).toMatch(/certificate/);
  });
});

const hello = { Dockerfile: 'FROM scratch\nCOPY file /\n', file: 'hello' };

function authConfig(registry: string, pair: string): string {
  return JSON.stringify({ auths: { [registry]: { auth: Buffer.from(pair).toString('base64') } } });
}
