import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { openWorkspace, valueAt } from '../../support/run-program.ts';

const serve = ['registry', 'serve', '--addr', '127.0.0.1:0', '--dir', 'kept', '--access-log', '--json'];

describe('polyarch registry', () => {
  test('serve takes what is pushed until it is told to stop, and gc keeps what is young', async () => {
    const workspace = openWorkspace({ Dockerfile: 'FROM scratch\nCOPY a /a\n', a: 'A' });
    const { child, ended } = workspace.start(serve);
    try {
      const [line] = (await once(child.stdout ?? child, 'data')) as [string];
      const name = `${String(valueAt(JSON.parse(line), 'registry'))}/acme/app:1.2`;
      const pushed = await workspace.run(['build', '--quiet', '--push', '--tag', name]);
      const plan = [
        await workspace.json(['copy', name, 'oci:mirror', '--plan']),
        await workspace.json(['copy', name, 'oci:mirror', '--plan']),
      ];
      const copied = await workspace.run(['copy', name, 'oci:mirror', '--progress=quiet']);
      const { value } = await workspace.json(['inspect', name]);

      expect(pushed).toMatchObject({ exitCode: 0, stderr: '' });
      expect(plan[0]).toEqual(plan[1]);
      expect(plan[0]?.value).toMatchObject({
        images: [{ tags: [{ tag: '1.2', to: pushed.stdout.trim() }], missing: { length: 6 }, presentCount: 0 }],
      });
      expect(copied).toMatchObject({ exitCode: 0, stdout: expect.stringContaining(pushed.stdout.trim()) });
      expect(valueAt(value, 'descriptor', 'digest')).toBe(pushed.stdout.trim());

      workspace.write('a', 'B');
      await workspace.run(['build', '--quiet', '--push', '--tag', name]);
      const next = await workspace.run(['copy', name, 'oci:mirror', '--plan']);
      expect(next.stdout).toMatch(new RegExp(`^oci:mirror  sha256:.*\\n  1\\.2 moves from ${pushed.stdout.trim()}\\n`));
      expect(next.stdout).toMatch(/ to send in 6 parts, 0 there already\n$/);
      expect(await workspace.run(['verify', name, '--progress=quiet'])).toMatchObject({ exitCode: 0, stderr: '' });
    } finally {
      child.kill('SIGINT');
    }
    const { exitCode, signal, stderr } = await ended;
    const planned = await workspace.json(['registry', 'gc', '--dir', 'kept', '--grace', '0s', '--dry-run']);
    const swept = await workspace.run(['registry', 'gc', '--dir', 'kept']);
    const left = await workspace.run(['verify', 'oci:kept/acme/app:1.2', '--progress=quiet']);
    workspace.remove();

    expect({ exitCode, signal }).toEqual({ exitCode: 0, signal: null });
    expect(stderr).toMatch(/PUT \/v2\/acme\/app\/manifests\/1\.2/);
    expect(planned).toMatchObject({ exitCode: 0, value: { removedUploads: 0 } });
    // Pushed just now: the grace of a day keeps it all.
    expect(swept).toMatchObject({ exitCode: 0, stdout: '0 parts removed, 0 B\n' });
    expect(left).toMatchObject({ exitCode: 0 });
  });
});
