import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { createDockerArchive, openDockerArchive } from '../../../src/store/docker-archive.ts';
import type { Durability } from '../../../src/store/layout-blobs.ts';
import { LayoutStore, openLayout } from '../../../src/store/layout-store.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import { createOciArchive, openOciArchive } from '../../../src/store/oci-archive.ts';
import { fakeHost } from '../../support/fake-host.ts';
import { describeImageStore } from './image-store-contract.ts';

const folder = mkdtempSync(join(tmpdir(), 'polyarch-store-contract-'));
const host = fakeHost({ workingDirectory: folder });
let count = 0;
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function nextPath(): string {
  count += 1;
  return `store-${count}`;
}

describeImageStore('MemoryStore', {
  make: () => Promise.resolve(new MemoryStore()),
  reopen: (store) => Promise.resolve(store),
});

for (const durability of ['each', 'batch', 'none'] as const satisfies readonly Durability[]) {
  describeImageStore(`LayoutStore with durability "${durability}"`, {
    make: () => openLayout(nextPath(), { host, create: true, durability }),
    reopen: async (store) => {
      await store.close?.();
      return openLayout(store instanceof LayoutStore ? store.directory : '', { host });
    },
  });
}

describeImageStore('an OCI archive', {
  make: () => createOciArchive(nextPath(), { host }),
  reopen: async (store) => {
    await store.close?.();
    return openOciArchive(store.where?.file ?? '', { host });
  },
});

describeImageStore('a Docker archive', {
  make: () => createDockerArchive(nextPath(), { host }),
  reopen: async (store) => {
    await store.close?.();
    return openDockerArchive(store.where?.file ?? '', { host });
  },
  name: (tag) => `ghcr.io/acme/app:${tag}`,
});
