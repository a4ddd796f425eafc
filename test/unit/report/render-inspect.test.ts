import { expect, test } from 'vitest';
import { choosePalette } from '../../../src/report/palette.ts';
import { renderInspect, type ShownImage } from '../../../src/report/render-inspect.ts';
import { widthOf } from '../../../src/report/text-width.ts';
import { expectGolden } from './golden.ts';

const palette = choosePalette(false);

function content(letter: string, size: number, mediaType = 'application/vnd.oci.image.layer.v1.tar+gzip') {
  return { mediaType, digest: `sha256:${letter.repeat(64)}`, size };
}

function platform(name: string, letter: string) {
  return {
    platform: name,
    manifest: content(letter, 800),
    layers: [content('1', 3_000_000), content(letter, 7_000_000)],
    sizeBytes: 10_001_000,
    ownBytes: 7_001_000,
  };
}

const image: ShownImage = {
  reference: 'ghcr.io/acme/app:1.2',
  kind: 'index',
  descriptor: content('a', 1600, 'application/vnd.oci.image.index.v1+json'),
  annotations: { 'org.opencontainers.image.title': 'app\u001B[2J' },
  platforms: [platform('linux/amd64', 'b'), platform('linux/arm/v7', 'c')],
  otherEntries: [content('e', 12, 'application/vnd.example+json')],
  attestations: [
    {
      platform: 'linux/amd64',
      statements: [
        { predicateType: 'https://slsa.dev/provenance/v1', kind: 'provenance' },
        { predicateType: 'https://spdx.dev/Document', kind: 'sbom' },
      ],
    },
  ],
  sharedLayers: [{ layer: content('1', 3_000_000), platforms: ['linux/amd64', 'linux/arm/v7'] }],
  referrers: [
    { subject: content('a', 1).digest, descriptor: content('f', 300), kind: 'signature', tag: 'sha256-aaaa.sig' },
  ],
  totalBytes: 17_002_000,
  missing: [content('d', 900)],
};

test('renderInspect tells platforms, sizes, what is shared and what is attached', () => {
  expectGolden('inspect.txt', renderInspect(image, { palette, columns: 100 }));
});

test('renderInspect fits a narrow terminal with its table', () => {
  const table = renderInspect(image, { palette, columns: 30 }).split('\n\n')[1] ?? '';

  expect(Math.max(...table.split('\n').map(widthOf))).toBeLessThanOrEqual(30);
  expect(table).toMatch(/^PLATFORM.*SIZE/);
});
