import { Fault } from '../errors/fault.ts';
import { parseByteSize } from './byte-size.ts';
import { csvFields } from './csv-fields.ts';
import { goQuote } from './go-quote.ts';
import { parseBoolean } from './parse-boolean.ts';
import { suggestion } from './suggestion.ts';

const mountTypes = ['bind', 'cache', 'tmpfs', 'secret', 'ssh'] as const;
const sharingModes = ['shared', 'private', 'locked'] as const;

/** A mount of a RUN, its values expanded. https://docs.docker.com/reference/dockerfile/#run---mount */
export interface RunMount {
  readonly type: (typeof mountTypes)[number];
  readonly from?: string;
  readonly source?: string;
  readonly target?: string;
  /** Default: true for bind, secret and ssh, false for cache and tmpfs. */
  readonly readOnly: boolean;
  /** The name of a cache, secret or ssh agent. */
  readonly id?: string;
  /** Only for cache. Default: shared. */
  readonly sharing?: (typeof sharingModes)[number];
  /** Only for secret and ssh: whether the build fails where it is not given. */
  readonly required: boolean;
  /** Only for tmpfs. */
  readonly sizeBytes?: number;
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  /** Only for secret: the environment variable that gets its content. */
  readonly env?: string;
}

type Draft = { -readonly [Key in keyof RunMount]: RunMount[Key] } & { readOnlySet: boolean };

const keys = {
  type: setType,
  from: text('from'),
  source: text('source'),
  src: text('source'),
  target: text('target'),
  dst: text('target'),
  destination: text('target'),
  readonly: setReadOnly(true),
  ro: setReadOnly(true),
  readwrite: setReadOnly(false),
  rw: setReadOnly(false),
  required: setRequired,
  size: setSize,
  id: text('id'),
  sharing: setSharing,
  mode: number('mode', 8),
  uid: number('uid', 10),
  gid: number('gid', 10),
  env: setEnv,
} as const satisfies Record<string, (draft: Draft, value: string, key: string) => string | undefined>;

/**
 * Reads the value of a `--mount`, expanding each of its values.
 * @throws {Fault} DOCKERFILE_SYNTAX, DOCKERFILE_EXPANSION
 */
export function parseMount(written: string, expand: (word: string) => string): RunMount {
  const { fields, problem } = csvFields(written);
  if (fields === undefined) throw refuseMount(written, `failed to parse csv mounts: ${problem}`);
  const draft: Draft = { type: 'bind', readOnly: true, required: false, readOnlySet: false };
  for (const field of fields) {
    const refused = applyField(draft, field, expand);
    if (refused !== undefined) throw refuseMount(written, refused);
  }
  if (!draft.readOnlySet) draft.readOnly = draft.type !== 'cache' && draft.type !== 'tmpfs';
  const refused = contradiction(draft);
  if (refused !== undefined) throw refuseMount(written, refused);
  const { readOnlySet: _, ...mount } = draft;
  return mount;
}

function refuseMount(written: string, reason: string): Fault {
  return new Fault('DOCKERFILE_SYNTAX', `Cannot read --mount=${written}: ${reason}`);
}

function applyField(draft: Draft, field: string, expand: (word: string) => string): string | undefined {
  const [, written = field, value] = /^([^=]*)=(.*)$/s.exec(field) ?? [];
  const key = written.toLowerCase();
  if (!isKey(key)) {
    if (value === undefined) return `invalid field '${field}' must be a key=value pair`;
    return `unexpected key '${key}' in '${field}'${suggestion(key, Object.keys(keys))}`;
  }
  if (value !== undefined) return keys[key](draft, expand(value), key);
  const bare = ['readonly', 'ro', 'readwrite', 'rw', 'required'];
  return bare.includes(key) ? keys[key](draft, 'true', key) : `invalid field '${field}' must be a key=value pair`;
}

function isKey(key: string): key is keyof typeof keys {
  return Object.hasOwn(keys, key);
}

function text(name: 'from' | 'source' | 'target' | 'id') {
  return (draft: Draft, value: string): undefined => {
    if (value === '') Reflect.deleteProperty(draft, name);
    else draft[name] = value;
  };
}

function setType(draft: Draft, value: string): string | undefined {
  const type = mountTypes.find((known) => known === value.toLowerCase());
  if (type === undefined) return `unsupported mount type ${goQuote(value)}${suggestion(value, mountTypes)}`;
  draft.type = type;
  return undefined;
}

function setSharing(draft: Draft, value: string): string | undefined {
  const mode = sharingModes.find((known) => known === value.toLowerCase());
  if (mode === undefined) return `unsupported sharing value ${goQuote(value)}${suggestion(value, sharingModes)}`;
  draft.sharing = mode;
  return undefined;
}

function setReadOnly(meaning: boolean) {
  return (draft: Draft, value: string, key: string): string | undefined => {
    const parsed = parseBoolean(value);
    if (parsed === undefined) return `invalid value for ${key}: ${value}`;
    draft.readOnly = parsed === meaning;
    draft.readOnlySet = true;
    return undefined;
  };
}

function setRequired(draft: Draft, value: string, key: string): string | undefined {
  if (draft.type !== 'secret' && draft.type !== 'ssh') return wrongType(draft, key);
  const parsed = parseBoolean(value);
  if (parsed === undefined) return `invalid value for ${key}: ${value}`;
  draft.required = parsed;
  return undefined;
}

function setSize(draft: Draft, value: string, key: string): string | undefined {
  if (draft.type !== 'tmpfs') return wrongType(draft, key);
  const size = parseByteSize(value);
  if (size === undefined) return `invalid value for ${key}: ${value}`;
  draft.sizeBytes = size;
  return undefined;
}

function setEnv(draft: Draft, value: string, key: string): string | undefined {
  if (draft.type !== 'secret') return wrongType(draft, key);
  draft.env = value;
  return undefined;
}

function wrongType(draft: Draft, key: string): string {
  return `unexpected key '${key}' for mount type '${draft.type}'`;
}

function number(name: 'mode' | 'uid' | 'gid', base: 8 | 10) {
  const digits = base === 8 ? /^[0-7]+$/ : /^\d+$/;
  return (draft: Draft, value: string): string | undefined => {
    const parsed = digits.test(value) ? Number.parseInt(value, base) : Number.NaN;
    if (!(parsed < 2 ** 32)) return `invalid value ${value} for ${name}`;
    draft[name] = parsed;
    return undefined;
  };
}

/** What cannot stand together in one mount. */
function contradiction(mount: RunMount): string | undefined {
  const owned = mount.type === 'secret' || mount.type === 'ssh' || mount.type === 'cache';
  const owner = (['mode', 'uid', 'gid'] as const).find((name) => mount[name] !== undefined);
  if (!owned && owner !== undefined) return `${owner} not allowed for ${goQuote(mount.type)} type mounts`;
  if (mount.type === 'secret') return secretContradiction(mount);
  if (mount.sharing !== undefined && mount.type !== 'cache') return `invalid cache sharing set for ${mount.type} mount`;
  return undefined;
}

function secretContradiction(mount: RunMount): string | undefined {
  if (mount.from !== undefined) return 'secret mount should not have a from';
  if (mount.sharing !== undefined) return 'secret mount should not define sharing';
  if (mount.source === undefined && mount.target === undefined && mount.id === undefined) {
    return 'invalid secret mount. one of source, target required';
  }
  return mount.source !== undefined && mount.id !== undefined ? "both source and id can't be set" : undefined;
}
