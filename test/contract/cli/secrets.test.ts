import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { filesBelow, openWorkspace, type RunOptions } from '../../support/run-program.ts';

const secret = 'hunter2-is-no-good-password';
const env: RunOptions = { env: { DEPLOY_TOKEN: secret } };

describe('a secret of the environment', () => {
  test('is shown nowhere, not even where the Dockerfile, a flag or a command repeats it', async () => {
    const workspace = openWorkspace({
      Dockerfile: 'FROM scratch\nARG KEY\nCOPY none-$KEY /a\n',
      'polyarch.yaml': 'prepare: echo "using $DEPLOY_TOKEN"\n',
    });
    try {
      const args = ['build', '--build-arg', `KEY=${secret}`, '--progress=plain', '--metadata-file', 'result.json'];
      const runs = [
        await workspace.run(args, env),
        await workspace.run([...args, '--json'], env),
        await workspace.run(['plan', '--json', '--build-arg', `KEY=${secret}`], env),
        await workspace.run(['build', `https://me:${secret}@example.com`], env),
      ];
      const kept = filesBelow(workspace.folder).map((path) => readFileSync(join(workspace.folder, path), 'utf8'));
      const shown = [...runs.flatMap(({ stdout, stderr }) => [stdout, stderr]), ...kept].join('\n');

      expect(runs.map(({ exitCode }) => exitCode)).toEqual([2, 2, 0, 2]);
      expect(runs[0]?.stderr).toContain('using ***');
      expect(runs[0]?.stderr).toContain('none-***');
      expect(filesBelow(join(workspace.folder, '.polyarch/runs')).some((path) => path.endsWith('/outcome.json'))).toBe(
        true,
      );
      expect(shown).not.toContain(secret);
    } finally {
      workspace.remove();
    }
  });
});
