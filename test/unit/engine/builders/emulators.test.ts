import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readEmulators } from '../../../../src/engine/buildkit/builders/emulators.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'polyarch-binfmt-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('readEmulators', () => {
  test('reads which emulators are there, on, and found inside containers', async () => {
    const fixed = 'enabled\ninterpreter /usr/bin/qemu-aarch64-static\nflags: OCPF\noffset 0\n';
    writeFileSync(join(folder, 'qemu-aarch64'), fixed);
    writeFileSync(join(folder, 'qemu-arm'), fixed.replace('enabled', 'disabled').replace('OCPF', 'OC'));
    writeFileSync(join(folder, 'qemu-strange'), fixed);
    writeFileSync(join(folder, 'python3'), fixed);

    expect(await readEmulators(folder)).toEqual([
      {
        name: 'qemu-aarch64',
        architecture: 'arm64',
        interpreter: '/usr/bin/qemu-aarch64-static',
        isEnabled: true,
        isFixed: true,
      },
      {
        name: 'qemu-arm',
        architecture: 'arm',
        interpreter: '/usr/bin/qemu-aarch64-static',
        isEnabled: false,
        isFixed: false,
      },
    ]);
  });

  test('finds none where the kernel has no binfmt_misc', async () => {
    expect(await readEmulators(join(folder, 'none'))).toEqual([]);
  });
});
