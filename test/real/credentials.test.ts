import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { startDockerRegistry } from '../../scripts/real-engine.mjs';
import { useWorkbench } from './support/workbench.ts';

const hello = join(import.meta.dirname, '../../examples/hello');
const password = 'right-password';
/** bcrypt of the password: the only hash that docker-registry reads. */
const htpasswd = 'anna:$2y$05$abcdefghijklmnopqrstuuBO.kmgTJhdt40M5ZyHgFmcpBdUb9aS.\n';

/** docker-registry with a list of users: what our client finds, shows and says. */
describe('a registry that asks who it is', () => {
  const workbench = useWorkbench();
  let address: string;
  let reference: string;

  beforeAll(async () => {
    writeFileSync(workbench.path('htpasswd'), htpasswd);
    const auth = `auth: {htpasswd: {realm: closed, path: ${workbench.path('htpasswd')}}}`;
    const registry = await startDockerRegistry({ folder: workbench.path('closed'), config: [auth] });
    workbench.onEnd(() => registry.stop());
    address = registry.address;
    reference = `${address}/closed/app:1`;
    await workbench.polyarch(['build', hello, '-t', reference, '--push'], {
      env: { DOCKER_AUTH_CONFIG: auths(password) },
    });
  });

  test('what docker login wrote lets in', async () => {
    const env = { DOCKER_CONFIG: workbench.path('docker', 'config') };
    const login = ['login', '--username', 'anna', '--password-stdin', address];
    await workbench.run('docker', login, { env, input: password });
    const pushed = `${address}/closed/docker:1`;

    await workbench.polyarch(['build', hello, '-t', pushed, '--push'], { env });

    await workbench.run('crane', ['validate', '--remote', pushed], { env });
  });

  test('what skopeo login wrote lets in', async () => {
    const file = workbench.path('podman', 'auth.json');
    const login = [
      'login',
      '--tls-verify=false',
      '--username',
      'anna',
      '--password-stdin',
      '--authfile',
      file,
      address,
    ];
    await workbench.run('skopeo', login, { input: password });

    const inspected = await workbench.polyarch(['inspect', '--json', reference], { env: { REGISTRY_AUTH_FILE: file } });

    expect(JSON.parse(inspected)).toMatchObject({ reference, kind: 'index' });
  });

  test('a credential helper lets in', async () => {
    const helper = workbench.path('helpers', 'docker-credential-real');
    const answer = JSON.stringify({ ServerURL: address, Username: 'anna', Secret: password });
    writeFileSync(helper, `#!/bin/sh\nread server\n[ "$1 $server" = "get ${address}" ] && echo '${answer}'\n`, {
      mode: 0o755,
    });
    const folder = workbench.files('helped', { 'config.json': JSON.stringify({ credHelpers: { [address]: 'real' } }) });
    const env = { DOCKER_CONFIG: folder, PATH: `${dirname(helper)}:${workbench.env['PATH'] ?? ''}` };

    const inspected = await workbench.polyarch(['inspect', '--json', reference], { env });

    expect(JSON.parse(inspected)).toMatchObject({ kind: 'index' });
  });

  test.each([
    { kind: 'no credentials', secret: undefined, hint: /hint: .*docker login/ },
    { kind: 'a wrong password', secret: 'wrong-password', hint: /hint: The login comes from DOCKER_AUTH_CONFIG/ },
  ])('with $kind a push is refused, and says what to do', async ({ secret, hint }) => {
    const target = `${address}/closed/refused:1`;
    const env = secret === undefined ? {} : { DOCKER_AUTH_CONFIG: auths(secret) };

    const { code, stdout, stderr } = await workbench.attemptPolyarch(['build', hello, '-t', target, '--push'], { env });

    expect(code).toBe(4);
    expect(stderr).toContain('REGISTRY_UNAUTHORIZED');
    expect(stderr).toMatch(hint);
    expect(stderr).toContain(address);
    expect(stdout + stderr).not.toMatch(/wrong-password|d3JvbmctcGFzc3dvcmQ|Basic /);
  });

  test('of two registries the copy says which one refused', async () => {
    const env = { DOCKER_AUTH_CONFIG: auths('wrong-password') };
    const open = `${workbench.repositories}/open:1`;
    await workbench.polyarch(['build', hello, '-t', open, '--push']);

    const from = await workbench.attemptPolyarch(['copy', reference, open], { env });
    const to = await workbench.attemptPolyarch(['copy', open, `${address}/closed/to:1`], { env });

    expect([from.code, to.code]).toEqual([4, 4]);
    expect(from.stderr).toMatch(/side source/);
    expect(to.stderr).toMatch(/side destination/);
  });

  test('a base image behind credentials is built on with them, and told without', async () => {
    const folder = workbench.files('based', { Dockerfile: `FROM ${reference}\nCOPY text /\n`, text: 'on it' });
    const layout = workbench.path('based-layout');
    const build = ['build', folder, '--platform', 'linux/amd64', '-o', `oci:${layout}`];

    const refused = await workbench.attemptPolyarch(build);
    await workbench.polyarch(build, { env: { DOCKER_AUTH_CONFIG: auths(password) } });

    expect(refused.code).toBe(4);
    expect(refused.stderr).toContain('REGISTRY_UNAUTHORIZED');
    expect(refused.stderr).toContain('Dockerfile:1');
    await workbench.run('umoci', ['ls', '--layout', layout]);
  });

  function auths(secret: string): string {
    return JSON.stringify({ auths: { [address]: { auth: Buffer.from(`anna:${secret}`).toString('base64') } } });
  }
});
