import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { openRegistry } from '../../../src/registry/registry-client.ts';
import { fakeHost } from '../../support/fake-host.ts';
import { SmallRegistry, type SmallRegistryOptions } from '../../support/small-registry.ts';
import { testCertificate, testKey } from '../../support/test-certificate.ts';

const tls = { cert: testCertificate, key: testKey };

describe('the scheme of a registry on this machine', () => {
  const registries: SmallRegistry[] = [];
  afterEach(async () => {
    for (const registry of registries.splice(0)) await registry.stop();
  });

  async function start(options: SmallRegistryOptions = {}): Promise<SmallRegistry> {
    const registry = await SmallRegistry.start(options);
    registries.push(registry);
    return registry;
  }

  test('is plain HTTP where that is spoken', async () => {
    const registry = await start();

    await openRegistry({ host: fakeHost(), registry: registry.host }).ping();

    expect(registry.requests.map(({ path }) => path)).toEqual(['/v2/']);
  });

  test('is TLS where plain HTTP is cut, with a certificate that is trusted', async () => {
    const registry = await start({ tls });
    const folder = mkdtempSync(join(tmpdir(), 'polyarch-scheme-'));
    const file = join(folder, 'ca.pem');
    writeFileSync(file, testCertificate);
    const client = openRegistry({ host: fakeHost({ env: { SSL_CERT_FILE: file } }), registry: registry.host });

    await client.ping();

    expect(await client.repository('acme/app').tags()).toEqual([]);
    rmSync(folder, { recursive: true });
  });

  test('refuses a certificate that nobody vouches for', async () => {
    const registry = await start({ tls });

    await expect(openRegistry({ host: fakeHost(), registry: registry.host }).ping()).rejects.toMatchObject({
      code: 'REGISTRY_TLS',
    });
  });

  test.each([
    { name: 'TLS', options: { tls } },
    { name: 'plain HTTP', options: {} },
  ])('is $name where it is insecure and that is spoken', async ({ options }) => {
    const registry = await start(options);

    await openRegistry({ host: fakeHost(), registry: registry.host, insecure: true }).ping();

    expect(registry.requests).toHaveLength(1);
  });
});
