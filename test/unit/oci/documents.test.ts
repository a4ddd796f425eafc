import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type FaultCode } from '../../../src/errors/codes.ts';
import { isFault } from '../../../src/errors/fault.ts';
import { type Descriptor, decodeDescriptor, descriptorOf, emptyDescriptor } from '../../../src/oci/descriptor.ts';
import { digestOf } from '../../../src/oci/digest.ts';
import { encodeDocument } from '../../../src/oci/encode.ts';
import { decodeConfig, platformOf } from '../../../src/oci/image-config.ts';
import { decodeIndex } from '../../../src/oci/image-index.ts';
import { decodeManifest } from '../../../src/oci/image-manifest.ts';
import { decodeLayout, ociLayout } from '../../../src/oci/layout.ts';
import { mediaTypes } from '../../../src/oci/media-types.ts';

const digest = digestOf('content');
const layer: Descriptor = { mediaType: mediaTypes.layerGzip, digest, size: 7 };
const config: Descriptor = { mediaType: mediaTypes.config, digest, size: 7 };
const manifest = { schemaVersion: 2, mediaType: mediaTypes.manifest, config, layers: [layer] };
const index = {
  schemaVersion: 2,
  mediaType: mediaTypes.index,
  manifests: [{ mediaType: mediaTypes.manifest, digest, size: 7, platform: { architecture: 'arm64', os: 'linux' } }],
};
const imageConfig = { architecture: 'arm64', os: 'linux', rootfs: { type: 'layers', diff_ids: [digest] } };

function bytesOf(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

function faultOf(action: () => unknown, code: FaultCode = 'DOCUMENT_MALFORMED'): string {
  try {
    action();
  } catch (error) {
    if (isFault(error, code)) return error.message;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('the decoders', () => {
  test('read what the specification shows, from bytes and from a parsed value', () => {
    expect(decodeManifest(bytesOf(manifest))).toEqual(manifest);
    expect(decodeManifest(manifest)).toEqual(manifest);
    expect(decodeIndex(bytesOf(index))).toEqual(index);
    expect(decodeConfig(bytesOf(imageConfig))).toEqual(imageConfig);
    expect(decodeDescriptor(bytesOf(layer))).toEqual(layer);
    expect(decodeLayout(bytesOf(ociLayout))).toEqual({ imageLayoutVersion: '1.0.0' });
  });

  test('take Docker types, and documents without a media type', () => {
    const { mediaType: _, ...untyped } = index;

    expect(decodeManifest({ ...manifest, mediaType: mediaTypes.dockerManifest }).mediaType).toBe(
      mediaTypes.dockerManifest,
    );
    expect(decodeIndex({ ...index, mediaType: mediaTypes.dockerManifestList }).manifests).toHaveLength(1);
    expect(decodeIndex(untyped)).toEqual(untyped);
  });

  test('read null as absent, as Go writes it, and an empty list where a list must be', () => {
    const decoded = decodeConfig({
      ...imageConfig,
      config: { Env: null, Cmd: null, Labels: null, Volumes: null, OnBuild: null, User: '' },
      history: null,
      rootfs: { type: 'layers', diff_ids: null },
    });

    expect(decoded).toEqual({ ...imageConfig, config: { User: '' }, rootfs: { type: 'layers', diff_ids: [] } });
    expect(decodeManifest({ ...manifest, layers: null }).layers).toEqual([]);
  });

  test('read a command that an early Docker wrote as one text', () => {
    expect(decodeConfig({ ...imageConfig, config: { Entrypoint: '/bin/app', Cmd: ['a'] } }).config).toEqual({
      Entrypoint: ['/bin/app'],
      Cmd: ['a'],
    });
  });

  test.each([
    ['$ is a list', []],
    ['$ is "text"', 'text'],
    ['$.schemaVersion is missing, expected 2', { ...manifest, schemaVersion: undefined }],
    ['$.schemaVersion is "2", expected 2', { ...manifest, schemaVersion: '2' }],
    ['$.config is missing, expected an object', { ...manifest, config: undefined }],
    ['$.layers is missing, expected a list', { ...manifest, layers: undefined }],
    ['$.layers is an object, expected a list', { ...manifest, layers: {} }],
    ['$.layers[1] is null, expected an object', { ...manifest, layers: [layer, null] }],
    ['$.layers[0].digest is missing', { ...manifest, layers: [{ ...layer, digest: undefined }] }],
    [
      '$.layers[0].digest is "sha256:12", expected a sha256 or sha512 digest',
      { ...manifest, layers: [{ ...layer, digest: 'sha256:12' }] },
    ],
    ['$.layers[0].size is missing, expected a whole number', { ...manifest, layers: [{ ...layer, size: undefined }] }],
    ['$.layers[0].size is -1, expected a number of bytes', { ...manifest, layers: [{ ...layer, size: -1 }] }],
    ['$.layers[0].size is 1.5', { ...manifest, layers: [{ ...layer, size: 1.5 }] }],
    ['$.layers[0].size is 9007199254740992', { ...manifest, layers: [{ ...layer, size: 2 ** 53 }] }],
    ['$.layers[0].mediaType is missing', { ...manifest, layers: [{ ...layer, mediaType: undefined }] }],
    ['$.layers[0].mediaType is "", expected a media type', { ...manifest, layers: [{ ...layer, mediaType: '' }] }],
    ['$.layers[0].mediaType is "a/b\\r\\nX: y"', { ...manifest, layers: [{ ...layer, mediaType: 'a/b\r\nX: y' }] }],
    ['$.annotations["a.b"] is 1, expected a text', { ...manifest, annotations: { 'a.b': 1 } }],
    ['$.config.platform.architecture is missing', { ...manifest, config: { ...config, platform: { os: 'linux' } } }],
    ['$.config.data is "eA==", expected the content of sha256:', { ...manifest, config: { ...config, data: 'eA==' } }],
    [
      `$.mediaType is "${mediaTypes.index}", expected the media type of an image manifest`,
      { ...manifest, mediaType: mediaTypes.index },
    ],
    ['$.manifests is a list, expected no such field in an image manifest', { ...manifest, manifests: [] }],
  ])('tell the place: %s', (message, value) => {
    expect(faultOf(() => decodeManifest(value))).toContain(`Cannot read the image manifest: ${message}`);
  });

  test('refuse an index that could be read as a manifest', () => {
    expect(faultOf(() => decodeIndex({ ...index, layers: [] }))).toContain(
      '$.layers is a list, expected no such field',
    );
    expect(faultOf(() => decodeIndex({ ...index, config }))).toContain('$.config is an object, expected no such field');
    expect(faultOf(() => decodeIndex(manifest))).toContain('expected the media type of an image index');
  });

  test('refuse a schema 1 manifest with its name', () => {
    const schema1 = { schemaVersion: 1, name: 'library/busybox', fsLayers: [{ blobSum: digest }] };

    expect(faultOf(() => decodeManifest(schema1), 'DOCUMENT_UNSUPPORTED')).toContain(
      'it is a Docker schema 1 manifest',
    );
    expect(faultOf(() => decodeIndex({ mediaType: mediaTypes.dockerSchema1Signed }), 'DOCUMENT_UNSUPPORTED')).toContain(
      'schema 1',
    );
  });

  test('check embedded content against digest and size', () => {
    const data = Buffer.from('content').toString('base64');

    expect(decodeDescriptor({ ...layer, data }).data).toBe(data);
    expect(decodeDescriptor(emptyDescriptor)).toEqual(emptyDescriptor);
    expect(faultOf(() => decodeDescriptor({ ...layer, size: 8, data }))).toContain('$.data is');
  });

  test('refuse a layout of another version', () => {
    expect(faultOf(() => decodeLayout({ imageLayoutVersion: '2.0.0' }))).toContain(
      '$.imageLayoutVersion is "2.0.0", expected "1.0.0"',
    );
  });

  test('tell places in a config', () => {
    const wrong = { ...imageConfig, history: [{}, { created_by: 3 }] };

    expect(faultOf(() => decodeConfig(wrong))).toBe(
      'Cannot read the image config: $.history[1].created_by is 3, expected a text',
    );
    expect(faultOf(() => decodeConfig({ ...imageConfig, os: undefined }))).toContain('$.os is missing');
    expect(faultOf(() => decodeConfig({ ...imageConfig, config: { Volumes: { '/a b': 1 } } }))).toContain(
      '$.config.Volumes["/a b"] is 1',
    );
    expect(faultOf(() => decodeConfig({ ...imageConfig, config: { ArgsEscaped: 'no' } }))).toContain(
      'expected true or false',
    );
  });

  test('treat __proto__ and constructor as keys like any other', () => {
    const text = `{"schemaVersion":2,"mediaType":"${mediaTypes.index}","manifests":[],"annotations":{"__proto__":"x","constructor":"y"},"__proto__":{"polluted":true}}`;

    const decoded = decodeIndex(new TextEncoder().encode(text));

    expect(Object.keys(decoded.annotations ?? {})).toEqual(['__proto__', 'constructor']);
    expect(Object.getPrototypeOf(decoded)).toBe(Object.prototype);
    expect('polluted' in decoded).toBe(false);
    expect(new TextDecoder().decode(encodeDocument(decoded))).toBe(text);
  });

  test('never throw anything but a fault, whatever the value', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.anything(),
          fc.record({ schemaVersion: fc.constant(2), layers: fc.anything(), config: fc.anything() }),
        ),
        (value) => {
          for (const decode of [decodeManifest, decodeIndex, decodeConfig, decodeDescriptor, decodeLayout]) {
            try {
              decode(value);
            } catch (error) {
              expect(isFault(error)).toBe(true);
            }
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('encodeDocument', () => {
  const text = fc.string({ maxLength: 8 });
  const unknown = fc.dictionary(fc.stringMatching(/^x-[a-z]{1,4}$/), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 2 });
  const someDescriptor = fc
    .record({
      known: fc.record(
        {
          mediaType: fc.constantFrom(...Object.values(mediaTypes)),
          digest: text.map((each) => digestOf(each)),
          size: fc.nat(),
          annotations: fc.dictionary(text, text, { maxKeys: 3 }),
          urls: fc.array(text, { maxLength: 2 }),
          artifactType: text,
        },
        { requiredKeys: ['mediaType', 'digest', 'size'] },
      ),
      unknown,
    })
    .map((each) => ({ ...each.unknown, ...each.known }));

  test('is undone by the decoders, unknown fields included', () => {
    const someIndex = fc
      .record({
        manifests: fc.array(someDescriptor, { maxLength: 3 }),
        annotations: fc.dictionary(text, text),
        unknown,
      })
      .map((each) => ({
        ...each.unknown,
        schemaVersion: 2 as const,
        manifests: each.manifests,
        annotations: each.annotations,
      }));

    fc.assert(
      fc.property(someIndex, (each) => {
        const bytes = encodeDocument(each);

        expect(decodeIndex(bytes)).toEqual(JSON.parse(JSON.stringify(each)));
        expect(encodeDocument(decodeIndex(bytes))).toEqual(bytes);
      }),
      { numRuns: 200 },
    );
  });

  test('gives equal bytes for known fields and maps in any order', () => {
    const one = { ...manifest, annotations: { b: '2', a: '1' } };
    const other = {
      annotations: { a: '1', b: '2' },
      layers: [{ size: 7, digest, mediaType: layer.mediaType }],
      config,
      mediaType: manifest.mediaType,
      schemaVersion: 2,
    };

    expect(encodeDocument(one)).toEqual(encodeDocument(other));
  });

  test('writes compact JSON in the order of the specification, unknown fields last', () => {
    const value = { zebra: 1, apple: 2, annotations: { b: '2', a: '1' }, ...index, artifactType: undefined };

    expect(new TextDecoder().decode(encodeDocument(value))).toBe(
      `{"schemaVersion":2,"mediaType":"${mediaTypes.index}","manifests":[{"mediaType":"${mediaTypes.manifest}","digest":"${digest}","size":7,"platform":{"architecture":"arm64","os":"linux"}}],"annotations":{"a":"1","b":"2"},"zebra":1,"apple":2}`,
    );
  });

  test('writes a config with ports, volumes and labels sorted and all else in order', () => {
    const value = {
      rootfs: imageConfig.rootfs,
      history: [{ empty_layer: true, created_by: 'ENV A=1' }],
      config: {
        Labels: { b: '', a: '' },
        ExposedPorts: { '90/tcp': {}, '80/tcp': {} },
        Env: ['B=1', 'A=1'],
        User: 'me',
        Healthcheck: { Retries: 3, Test: ['NONE'] },
      },
      os: 'linux',
      architecture: 'arm',
      variant: 'v6',
    };

    expect(new TextDecoder().decode(encodeDocument(value))).toBe(
      `{"architecture":"arm","os":"linux","variant":"v6","config":{"User":"me","ExposedPorts":{"80/tcp":{},"90/tcp":{}},"Env":["B=1","A=1"],"Labels":{"a":"","b":""},"Healthcheck":{"Test":["NONE"],"Retries":3}},"rootfs":{"type":"layers","diff_ids":["${digest}"]},"history":[{"created_by":"ENV A=1","empty_layer":true}]}`,
    );
    expect(platformOf(decodeConfig(value))).toEqual({ os: 'linux', architecture: 'arm', variant: 'v6' });
  });
});

test('descriptorOf measures content', () => {
  expect(descriptorOf('a/b', new TextEncoder().encode('content'))).toEqual({ mediaType: 'a/b', digest, size: 7 });
});
