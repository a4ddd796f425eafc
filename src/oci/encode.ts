import { isRecord } from './decode.ts';

/** What is known of a kind of object: its fields in the specification's order, and what lies in some of them. */
interface Shape {
  readonly fields: readonly string[];
  /** The shape of a field's value, or of each element where it is a list. */
  readonly within?: Readonly<Record<string, Shape>>;
  /** Any keys, written in sorted order. */
  readonly isMap?: boolean;
}

const map: Shape = { fields: [], isMap: true };

const platform: Shape = { fields: ['architecture', 'os', 'os.version', 'os.features', 'variant'] };

const descriptor: Shape = {
  fields: ['mediaType', 'digest', 'size', 'urls', 'annotations', 'data', 'platform', 'artifactType'],
  within: { annotations: map, platform },
};

const manifest: Shape = {
  fields: ['schemaVersion', 'mediaType', 'artifactType', 'config', 'layers', 'subject', 'annotations'],
  within: { config: descriptor, layers: descriptor, subject: descriptor, annotations: map },
};

const index: Shape = {
  fields: ['schemaVersion', 'mediaType', 'artifactType', 'manifests', 'subject', 'annotations'],
  within: { manifests: descriptor, subject: descriptor, annotations: map },
};

const containerConfig: Shape = {
  fields: [
    'User',
    'ExposedPorts',
    'Env',
    'Entrypoint',
    'Cmd',
    'Volumes',
    'WorkingDir',
    'Labels',
    'StopSignal',
    'ArgsEscaped',
    'Healthcheck',
    'OnBuild',
    'StopTimeout',
    'Shell',
  ],
  within: {
    ExposedPorts: map,
    Volumes: map,
    Labels: map,
    Healthcheck: { fields: ['Test', 'Interval', 'Timeout', 'StartPeriod', 'StartInterval', 'Retries'] },
  },
};

const config: Shape = {
  fields: ['created', 'author', ...platform.fields, 'config', 'rootfs', 'history'],
  within: {
    config: containerConfig,
    rootfs: { fields: ['type', 'diff_ids'] },
    history: { fields: ['created', 'created_by', 'author', 'comment', 'empty_layer'] },
  },
};

/** The field that only one kind of document has. */
const kinds: readonly (readonly [string, Shape])[] = [
  ['manifests', index],
  ['layers', manifest],
  ['rootfs', config],
  ['digest', descriptor],
];

/**
 * The bytes of an index, a manifest, a config, a descriptor or any other JSON value: compact; known fields in the
 * specification's order, then unknown ones in theirs; the keys of annotations, labels, ports and volumes sorted.
 * Equal values give equal bytes, and so one digest. Fields that are undefined are left out.
 */
export function encodeDocument(value: object): Uint8Array {
  const shape = kinds.find(([field]) => Object.hasOwn(value, field))?.[1] ?? { fields: [] };
  return new TextEncoder().encode(JSON.stringify(arrange(value, shape)));
}

function arrange(value: unknown, shape: Shape | undefined): unknown {
  if (shape === undefined) return value;
  if (Array.isArray(value)) return value.map((element: unknown) => arrange(element, shape));
  if (!isRecord(value)) return value;
  const keys = Object.keys(value);
  const known = shape.fields.filter((field) => Object.hasOwn(value, field));
  const others = shape.isMap === true ? keys.sort() : keys.filter((key) => !shape.fields.includes(key));
  // fromEntries defines each key as the object's own, so that "__proto__" is a key like any other.
  return Object.fromEntries([...known, ...others].map((key) => [key, arrange(value[key], shapeOf(shape, key))]));
}

function shapeOf(shape: Shape, key: string): Shape | undefined {
  return shape.within !== undefined && Object.hasOwn(shape.within, key) ? shape.within[key] : undefined;
}
