import { afterAll, describe, expect, test } from 'vitest';
import { openWorkspace } from '../../support/run-program.ts';

const workspace = openWorkspace({ Dockerfile: 'FROM scratch\nRUN make\n' });
afterAll(() => workspace.remove());
/** No docker anywhere. */
const env = { PATH: '/nonexistent' };

describe('polyarch plan where nothing can run a command', () => {
  test('shows what builders would do, and says what is missing here', async () => {
    const { exitCode, stdout, stderr } = await workspace.run(['plan'], { env });

    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^app\/linux\/arm64 +native /m);
    expect(stderr).toContain('warning: Cannot build: line 2 of Dockerfile runs a command, which needs BuildKit');
    expect(stderr).toContain('Install Docker');
  });

  test.each([
    ['BuildKit is asked for', '--engine', 'buildkit'],
    ['a builder is named', '--builder', 'farm'],
  ])('is a fault where %s', async (_, ...flags) => {
    const { exitCode, stdout } = await workspace.run(['plan', ...flags], { env });

    expect(exitCode).not.toBe(0);
    expect(stdout).toBe('');
  });
});
