import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ImageConfig } from '../../../src/oci/image-config.ts';
import { decodeManifest } from '../../../src/oci/image-manifest.ts';
import type { Recipe } from '../../../src/plan/cell.ts';
import { readBytes } from '../../../src/store/collect-content.ts';
import { configOf, onlyPart, Workshop } from './build-image.ts';

const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Every expectation was seen in what BuildKit 0.25 makes of the same Dockerfile. */
describe('the image config', () => {
  let shop: Workshop;
  beforeEach(() => {
    shop = new Workshop({ a: 'A' });
  });
  afterEach(() => shop.remove());

  async function built(lines: readonly string[], recipe: Partial<Recipe> = {}): Promise<ImageConfig> {
    const outcome = await shop.build(lines.join('\n'), { recipe });
    return configOf(outcome, onlyPart(outcome));
  }

  function historyOf({ history = [] }: ImageConfig): readonly (string | undefined)[] {
    return history.map((entry) => entry.created_by);
  }

  test('of scratch has a PATH, the root as working directory, and no history', async () => {
    const config = await built(['FROM scratch']);

    expect(config).toMatchObject({ os: 'linux', architecture: 'amd64', config: { Env: [path], WorkingDir: '/' } });
    expect(config.rootfs).toEqual({ type: 'layers', diff_ids: [] });
    expect(config.history).toBeUndefined();
  });

  test('has what every instruction says, and the history that BuildKit writes', async () => {
    const config = await built([
      'FROM scratch',
      'ENV A=1 B="x y"',
      'ENV C d e',
      'LABEL l=m n="o p"',
      'SHELL ["/bin/b","-c"]',
      'CMD x',
      'STOPSIGNAL SIGTERM',
      'ONBUILD RUN x',
      'MAINTAINER me',
      'HEALTHCHECK --interval=1m30s --timeout=500ms --retries=5 CMD true',
      'USER $A:$B',
      'VOLUME ["/a","/b c"]',
      'EXPOSE $A 8000-8002/udp',
      'ARG Q',
      'ARG R=$A S',
      'ENTRYPOINT ["q", "r\\"s"]',
    ]);

    expect(config.author).toBe('me');
    expect(config.config).toEqual({
      Env: [path, 'A=1', 'B=x y', 'C=d e'],
      WorkingDir: '/',
      Labels: { l: 'm', n: 'o p' },
      Shell: ['/bin/b', '-c'],
      Cmd: ['/bin/b', '-c', 'x'],
      ArgsEscaped: true,
      StopSignal: 'SIGTERM',
      OnBuild: ['RUN x'],
      Healthcheck: { Test: ['CMD-SHELL', 'true'], Interval: 90_000_000_000, Timeout: 500_000_000, Retries: 5 },
      User: '1:x y',
      Volumes: { '/a': {}, '/b c': {} },
      ExposedPorts: { '1/tcp': {}, '8000/udp': {}, '8001/udp': {}, '8002/udp': {} },
      Entrypoint: ['q', 'r"s'],
    });
    expect(historyOf(config)).toEqual([
      'ENV A=1 B=x y',
      'ENV C=d e',
      'LABEL l=m n=o p',
      'SHELL [/bin/b -c]',
      'CMD ["/bin/b" "-c" "x"]',
      'STOPSIGNAL SIGTERM',
      'MAINTAINER me',
      `HEALTHCHECK &{["CMD-SHELL" "true"] "1m30s" "500ms" "0s" "0s" '\\x05'}`,
      'USER 1:x y',
      'VOLUME [/a /b c]',
      'EXPOSE [1/tcp 8000/udp 8001/udp 8002/udp]',
      'ARG Q',
      'ARG R=1 S',
      'ENTRYPOINT ["q" "r\\"s"]',
    ]);
    expect(
      config.history?.every((entry) => entry.empty_layer === true && entry.comment === 'buildkit.dockerfile.v0'),
    ).toBe(true);
  });

  test('WORKDIR makes a layer but for the root, and keeps the slash of an absolute path', async () => {
    const config = await built([
      'FROM scratch',
      'WORKDIR /a//b/../c/',
      'WORKDIR sub/',
      'WORKDIR /',
      'WORKDIR x',
      'COPY a .',
    ]);

    expect(historyOf(config)).toEqual([
      'WORKDIR /a//b/../c/',
      'WORKDIR /a/c/sub',
      'WORKDIR /',
      'WORKDIR /x',
      'COPY a . # buildkit',
    ]);
    expect(config.history?.map((entry) => entry.empty_layer ?? false)).toEqual([false, false, true, false, false]);
    expect(config.rootfs.diff_ids).toHaveLength(4);
  });

  test('history names the flags that BuildKit names', async () => {
    const config = await built(['FROM scratch', 'COPY --link --chown=3:4 --chmod=600 --exclude=x <<E a /q/', 'z', 'E']);

    expect(historyOf(config)).toEqual(['COPY --chown=3:4 --chmod=600 a <<E /q/ # buildkit']);
  });

  test('ENTRYPOINT forgets the CMD of the base, but not its own', async () => {
    const lines = ['FROM scratch AS base', 'CMD ["b"]', 'FROM base'];

    expect((await built([...lines, 'ENTRYPOINT ["e"]'])).config).not.toHaveProperty('Cmd');
    expect((await built([...lines, 'CMD ["c"]', 'ENTRYPOINT ["e"]'])).config?.Cmd).toEqual(['c']);
  });

  test('ARG takes the build arg, its default, or the global of its name, and passes on to stages upon it', async () => {
    const lines = ['ARG G=1', 'FROM scratch AS a', 'ARG G', 'ARG H=$G', 'FROM a', 'LABEL l=$G$H'];

    expect((await built(lines)).config?.Labels).toEqual({ l: '11' });
    expect((await built(lines, { args: { H: '7' } })).config?.Labels).toEqual({ l: '17' });
  });

  test('TARGET* are there once ARG names them', async () => {
    const outcome = await shop.build(
      'FROM scratch\nARG TARGETPLATFORM TARGETVARIANT\nLABEL l=$TARGETPLATFORM m=$TARGETARCH-$TARGETVARIANT',
      {
        platforms: ['linux/arm/v7'],
      },
    );
    const config = await configOf(outcome, onlyPart(outcome));

    expect(config).toMatchObject({
      architecture: 'arm',
      variant: 'v7',
      config: { Labels: { l: 'linux/arm/v7', m: '-v7' } },
    });
  });

  test('has the labels of the recipe last, the manifest its annotations', async () => {
    const outcome = await shop.build('FROM scratch\nLABEL a=1 b=1', {
      recipe: { labels: { b: '2' }, annotations: { 'org.x': 'y' } },
    });
    const part = onlyPart(outcome);

    expect((await configOf(outcome, part)).config?.Labels).toEqual({ a: '1', b: '2' });
    const manifest = decodeManifest(await readBytes(outcome.store, part.manifest));
    expect(manifest).toMatchObject({ config: part.config, layers: [], annotations: { 'org.x': 'y' } });
  });

  test('a stage upon a stage has all of it but its triggers, which run first', async () => {
    const config = await built([
      'FROM scratch AS s',
      'ONBUILD COPY a /from-trigger',
      'ONBUILD LABEL z=1',
      'FROM s',
      'LABEL y=1',
    ]);

    expect(historyOf(config)).toEqual(['COPY a /from-trigger # buildkit', 'LABEL z=1', 'LABEL y=1']);
    expect(config.config).not.toHaveProperty('OnBuild');
  });

  test.each([
    ['STOPSIGNAL nope', 'INSTRUCTION_UNUSABLE'],
    ['VOLUME $NOTHING /a', 'INSTRUCTION_UNUSABLE'],
    ['COPY <<a/b /x\nz\na/b', 'INSTRUCTION_UNUSABLE'],
    ['COPY --chmod=99 a /', 'CHMOD_MALFORMED'],
    ['COPY --chmod=u~x a /', 'CHMOD_MALFORMED'],
    ['COPY --chown=bob a /', 'OWNER_UNRESOLVABLE'],
    ['USER bob\nWORKDIR /x', 'OWNER_UNRESOLVABLE'],
    ['EXPOSE 1/foo', 'DOCKERFILE_SYNTAX'],
  ])('%s fails where it stands', async (lines, code) => {
    const { faults } = await shop.build(`FROM scratch\n${lines}`);

    expect(faults).toMatchObject([{ code, where: { file: 'Dockerfile', line: lines.startsWith('USER') ? 3 : 2 } }]);
  });
});
