import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { AttemptResult } from '../../src/engine/buildkit/attempt.ts';
import { runAttempt } from '../../src/engine/buildkit/run-attempt.ts';
import { runWithTargets } from '../../src/engine/buildkit/run-with-targets.ts';
import type { Part } from '../../src/plan/part.ts';
import { cellWith, recipeWith } from '../support/buildkit-cell.ts';
import { AttemptBench } from './support/attempt-bench.ts';
import { craneIndex, pushScanner } from './support/peer-image.ts';
import { unpackImage } from './support/unpacked-image.ts';
import { useWorkbench } from './support/workbench.ts';

/** One cell by the real `docker buildx`, on a real BuildKit. */
describe('one attempt at one cell', () => {
  const workbench = useWorkbench();
  const bench = new AttemptBench(workbench);

  test('a builder that can push by digest does, and no tag appears', async () => {
    const repository = `${workbench.repositories}/pushed`;

    const part = builtPart(
      await bench.attempt({
        repository,
        dockerfile:
          'RUN echo "$GREETING" > /greeting && uname -m > /machine\nARG GREETING\nRUN echo "$GREETING" >> /greeting',
        recipe: {
          args: { GREETING: 'a "b" $c' },
          labels: { 'org.example': 'x=y, z' },
          annotations: { note: 'one, two' },
        },
      }),
    );

    expect(part).toMatchObject({ location: repository, engine: 'real', steps: { total: 4 } });
    expect(part.attestations).toBeUndefined();
    expect(part.layers.map(({ createdBy }) => createdBy.slice(0, 4))).toEqual(['COPY', 'RUN ', 'RUN ', 'RUN ']);
    const manifest = JSON.parse(
      await workbench.run('crane', ['manifest', `${repository}@${part.manifest.digest}`]),
    ) as object;
    expect(manifest).toMatchObject({ annotations: { note: 'one, two' }, config: { digest: part.config.digest } });
    const config: unknown = JSON.parse(
      await workbench.run('crane', ['config', `${repository}@${part.manifest.digest}`]),
    );
    expect(config).toMatchObject({ architecture: 'amd64', config: { Labels: { 'org.example': 'x=y, z' } } });
    const listed = await workbench.attempt('crane', ['ls', repository]);
    expect(listed.stdout.trim()).toBe('');
  });

  test('the same again comes from the cache', async () => {
    const options = { repository: `${workbench.repositories}/again`, dockerfile: 'RUN echo the same > /same' };

    const first = builtPart(await bench.attempt(options));
    const second = builtPart(await bench.attempt(options));

    expect(second.manifest.digest).toBe(first.manifest.digest);
    expect(second.steps).toEqual({ total: 3, cached: 3 });
    expect(second.layers.every(({ cached }) => cached)).toBe(true);
  });

  test('attestations stand behind the image, as BuildKit wrote them', async () => {
    const repository = `${workbench.repositories}/attested`;
    const scanner = await pushScanner(workbench, `${workbench.repositories}/scanner:1`);

    const part = builtPart(
      await bench.attempt({
        repository,
        dockerfile: 'RUN echo attested > /x',
        recipe: { provenance: 'mode=max', sbom: `generator=${scanner}` },
      }),
    );

    expect(part.attestations).toMatchObject([
      {
        annotations: {
          'vnd.docker.reference.digest': part.manifest.digest,
          'vnd.docker.reference.type': 'attestation-manifest',
        },
        platform: { os: 'unknown', architecture: 'unknown' },
      },
    ]);
    const attestation = await craneIndex(workbench, `${repository}@${part.attestations?.[0]?.digest ?? ''}`);
    const types = JSON.stringify(attestation);
    expect(types).toContain('https://spdx.dev/Document');
    expect(types).toContain('https://slsa.dev/provenance');
  });

  test('a generator of bills of materials that cannot be pulled is told from a fault of the image', async () => {
    const result = await bench.attempt({
      repository: `${workbench.repositories}/unscanned`,
      dockerfile: 'RUN true',
      recipe: { sbom: 'generator=localhost:1/scanner' },
    });

    expect(result).toMatchObject({ kind: 'failed', failure: 'transient', fault: { code: 'REGISTRY_UNREACHABLE' } });
    expect(result.kind === 'failed' && result.fault.message).toContain('localhost:1');
  });

  test('the docker driver gives its bytes back, into the layout of the run', async () => {
    const part = builtPart(await bench.attempt({ builder: bench.docker(), dockerfile: 'RUN echo kept > /kept' }));

    const layout = part.location?.slice('oci:'.length) ?? '';
    expect(part.location).toMatch(/^oci:\/.*\/run\/content$/);
    const blob = JSON.parse(
      readFileSync(join(layout, 'blobs', part.manifest.digest.replace(':', '/')), 'utf8'),
    ) as object;
    expect(blob).toMatchObject({ config: { digest: part.config.digest } });
  });

  test('and pushes from here where there is a repository', async () => {
    const repository = `${workbench.repositories}/from-here`;

    const part = builtPart(
      await bench.attempt({
        builder: bench.docker(),
        repository,
        dockerfile: 'RUN echo sent > /sent',
        recipe: { provenance: 'mode=max' },
      }),
    );

    expect(part.location).toBe(repository);
    const names = [part.manifest, ...(part.attestations ?? [])].map(({ digest }) => `${repository}@${digest}`);
    expect(names).toHaveLength(2);
    for (const name of names) await workbench.run('crane', ['manifest', name]);
  });

  test('an emulated cell with secrets, ssh, hosts and no network, in zstd', async () => {
    const key = workbench.path('keys', 'id');
    await workbench.run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
    const file = join(workbench.files('secrets', { token: 'of-a-file' }), 'token');
    const dockerfile = [
      'RUN --mount=type=secret,id=env --mount=type=secret,id=file test "$(cat /run/secrets/env /run/secrets/file)" = of-a-variableof-a-file',
      'RUN --mount=type=ssh test -S "$SSH_AUTH_SOCK"',
      'RUN grep -q "10.1.2.3.*database" /etc/hosts && ! ip addr show eth0',
      'RUN --mount=type=secret,id=env cat /run/secrets/env && uname -m > /machine',
    ].join('\n');

    const part = builtPart(
      await bench.attempt({
        builder: bench.docker(),
        platform: 'linux/arm64',
        route: 'emulated',
        dockerfile,
        env: { TOKEN_FOR_TEST: 'of-a-variable' },
        recipe: {
          secrets: [
            { id: 'env', env: 'TOKEN_FOR_TEST' },
            { id: 'file', file },
          ],
          ssh: [`default=${key}`],
          network: 'none',
          extraHosts: { database: '10.1.2.3' },
          compression: { type: 'zstd', level: 3 },
        },
      }),
    );

    expect(part.layers.map(({ descriptor }) => descriptor.mediaType)).toEqual(
      part.layers.map(() => 'application/vnd.oci.image.layer.v1.tar+zstd'),
    );
    const layout = part.location?.slice('oci:'.length) ?? '';
    const log = readFileSync(join(layout, '../logs/app-linux-arm64.log'), 'utf8');
    expect(log).not.toMatch(/of-a-variable|of-a-file/);
    expect(log).toContain('***');
    expect(bench.activities).toContainEqual(expect.objectContaining({ kind: 'log' }));
  });

  test('what polyarch writes below the context is not copied in, and the user is not written to', async () => {
    const context = workbench.files('own', { 'kept.txt': '1', 'left.log': '2', '.dockerignore': '*.log\n' });
    workbench.files('own/.polyarch', { 'run.json': '{}' });

    const part = builtPart(
      await bench.attempt({ builder: bench.docker(), context, dockerfile: 'FROM scratch\nCOPY . /\n' }),
    );

    const layout = await asImage(part);
    const { tree } = await unpackImage(layout, 'linux/amd64', workbench.path('own-unpacked', 'x'));
    expect(Object.keys(tree).filter((path) => path !== '/')).toEqual(['/.dockerignore', '/kept.txt']);
  });

  test('a folder, a layout and an image serve as named contexts', async () => {
    const repository = `${workbench.repositories}/contexts`;
    const base = builtPart(await bench.attempt({ builder: bench.docker(), dockerfile: 'RUN echo base > /base' }));
    const pushed = builtPart(await bench.attempt({ repository, dockerfile: 'RUN echo image > /image' }));
    const folder = workbench.files('named', { file: 'folder' });

    const result = await bench.attempt({
      builder: bench.docker(),
      dockerfile:
        'FROM layout\nCOPY --from=image /image /image\nCOPY --from=folder file /file\nRUN cat /base /image /file\n',
      recipe: {
        contexts: {
          layout: `oci-layout://${await asImage(base)}`,
          image: `docker-image://${repository}@${pushed.manifest.digest}`,
          folder,
        },
      },
    });

    expect(builtPart(result).layers.map(({ createdBy }) => createdBy.slice(0, 4))).toEqual([
      '',
      '',
      '',
      'COPY',
      'COPY',
      'RUN ',
    ]);
  });

  test('another image of the same build serves as a base, from the registry and from a layout', async () => {
    const context = workbench.files('base-image', { Dockerfile: 'FROM scratch\nCOPY Dockerfile /from-base\n' });
    const recipe = recipeWith({ context, dockerfile: join(context, 'Dockerfile'), provenance: 'false' });
    const repository = `${workbench.repositories}/base-image`;

    for (const place of [{ builder: bench.docker() }, { repository }]) {
      const base = cellWith({ id: 'base/linux/amd64', image: 'base', recipe, ...(place.builder ? {} : place) });
      const part = builtPart(
        await bench.attempt({
          ...place,
          run: runWithTargets(runAttempt, [base]),
          dockerfile: 'FROM base\nCOPY busybox-amd64 /own\n',
          recipe: { contexts: { base: 'target:base' } },
        }),
      );

      expect(part.layers.map(({ createdBy }) => createdBy)).toEqual(['', 'COPY busybox-amd64 /own # buildkit']);
    }
  });

  /** A layout that names the part, which the layout of a run does not. */
  async function asImage(part: Part): Promise<string> {
    const layout = workbench.path('named-layouts', part.manifest.digest.slice(7, 19));
    await workbench.polyarch(['copy', `${part.location ?? ''}@${part.manifest.digest}`, `oci:${layout}:one`]);
    return layout;
  }
});

function builtPart(result: AttemptResult): Part {
  if (result.kind === 'failed') throw result.fault;
  return result.part;
}
