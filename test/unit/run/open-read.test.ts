import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { copy } from '../../../src/run/copy.ts';
import { inspect, readRaw } from '../../../src/run/inspect.ts';
import { withImage } from '../../../src/run/open/open-read.ts';
import { planCopy } from '../../../src/run/plan-copy.ts';
import { verify } from '../../../src/run/verify.ts';
import { once } from '../../../src/store/collect-content.ts';
import { createOciArchive } from '../../../src/store/oci-archive.ts';
import { type FakeHost, fakeHost } from '../../support/fake-host.ts';
import { sampleImage } from '../../support/sample-image.ts';

const { layer, config, manifest, index } = sampleImage(1000);

describe('what is read from a compressed archive', () => {
  let folder: string;
  let temporary: string;
  let host: FakeHost;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'polyarch-read-'));
    temporary = join(folder, 'tmp');
    mkdirSync(temporary);
    host = fakeHost({ env: { TMPDIR: temporary }, workingDirectory: folder });
    const archive = await createOciArchive(join(folder, 'a.tar'), { host });
    for (const { descriptor, bytes } of [layer, config, manifest, index]) await archive.write(once(bytes), descriptor);
    await archive.tag('1', index.descriptor);
    await archive.close?.();
    writeFileSync(join(folder, 'a.tar.gz'), gzipSync(readFileSync(join(folder, 'a.tar'))));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('is decompressed while it is used, and no longer', async () => {
    const during = await withImage(`oci-archive:${folder}/a.tar.gz`, host, () =>
      Promise.resolve(readdirSync(temporary)),
    );

    expect(during).toHaveLength(1);
    expect(readdirSync(temporary)).toEqual([]);
  });

  test('is given back by every command, and where one fails', async () => {
    const image = `oci-archive:${folder}/a.tar.gz`;
    const copied = { source: image, destination: `oci:${folder}/out`, platforms: [], allTags: false, referrers: false };

    const digests = [
      (await inspect(image, host)).descriptor.digest,
      (await planCopy(copied, host)).images[0]?.root.digest,
      (await copy(copied, host))[0]?.root.digest,
    ];
    await readRaw(image, host);
    // The layer of the sample is noise, and no tar.
    await expect(verify({ image, platforms: [], allowForeign: [] }, host)).rejects.toMatchObject({
      code: 'ARCHIVE_MALFORMED',
    });
    await expect(copy({ ...copied, platforms: ['linux/s390x'] }, host)).rejects.toMatchObject({
      code: 'PLATFORM_NOT_OFFERED',
    });

    expect(new Set(digests)).toEqual(new Set([index.descriptor.digest]));
    expect(readdirSync(temporary)).toEqual([]);
  });
});
