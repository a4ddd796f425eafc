import { isFault } from '../../errors/fault.ts';
import {
  type Decoder,
  decodeBoolean,
  decodeDocument,
  decodeInteger,
  decodeText,
  isRecord,
  listOf,
  objectOf,
  optional,
  type Place,
  refuse,
} from '../../oci/decode.ts';

/** One step of a build, as BuildKit tells of it; each message holds all that is known of the step by then. */
export interface ProgressVertex {
  readonly digest: string;
  readonly name: string;
  readonly inputs?: readonly string[];
  /** RFC 3339. */
  readonly started?: string;
  readonly completed?: string;
  readonly cached?: boolean;
  readonly error?: string;
}

/** One transfer within a step. Bytes, where `total` is more than 0; else only that it goes on. */
export interface ProgressStatus {
  readonly id: string;
  readonly vertex: string;
  readonly current?: number;
  readonly total?: number;
  readonly completed?: string;
}

/** What a step wrote to its output; cut anywhere, not at the ends of lines. */
export interface ProgressLog {
  readonly vertex: string;
  /** 2: standard error. */
  readonly stream?: number;
  readonly data: Uint8Array;
}

/** What the checks of the Dockerfile found. */
export interface ProgressWarning {
  readonly vertex?: string;
  readonly short: string;
  readonly detail: readonly string[];
  readonly url?: string;
  /** The base name of the Dockerfile. */
  readonly file?: string;
  /** 1-based. */
  readonly line?: number;
}

export interface ProgressMessage {
  readonly vertexes: readonly ProgressVertex[];
  readonly statuses: readonly ProgressStatus[];
  readonly logs: readonly ProgressLog[];
  readonly warnings: readonly ProgressWarning[];
}

/** A line that buildx writes under `--progress=rawjson`: a message, or what it says in words besides. */
export type ProgressLine =
  | { readonly kind: 'message'; readonly message: ProgressMessage }
  | { readonly kind: 'text'; readonly text: string }
  /** JSON that is none of the known messages, or a piece of one. */
  | { readonly kind: 'unreadable' };

/**
 * Reads one line of the progress. Unknown fields are kept out; a line whose known fields have wrong types is unreadable, and
 * never a reason to end a build: what became of it is told by the exit code and the metadata file.
 * https://github.com/moby/buildkit/blob/master/client/graph.go
 */
export function decodeProgress(line: string): ProgressLine {
  if (!line.startsWith('{')) return { kind: 'text', text: line };
  try {
    const value: unknown = JSON.parse(line);
    if (!isRecord(value) || !messageFields.some((field) => field in value)) return { kind: 'unreadable' };
    return { kind: 'message', message: decodeDocument(value, 'build progress', decodeMessage) };
  } catch (error) {
    if (error instanceof SyntaxError || isFault(error, 'DOCUMENT_MALFORMED')) return { kind: 'unreadable' };
    throw error;
  }
}

const messageFields = ['vertexes', 'statuses', 'logs', 'warnings'];

const decodeVertex: Decoder<ProgressVertex> = objectOf<ProgressVertex>({
  digest: decodeText,
  name: decodeText,
  inputs: optional(listOf(decodeText)),
  started: optional(decodeText),
  completed: optional(decodeText),
  cached: optional(decodeBoolean),
  error: optional(decodeText),
});

const decodeStatus: Decoder<ProgressStatus> = objectOf<ProgressStatus>({
  id: decodeText,
  vertex: decodeText,
  current: optional(decodeInteger),
  total: optional(decodeInteger),
  completed: optional(decodeText),
});

const decodeLog: Decoder<ProgressLog> = objectOf<ProgressLog>({
  vertex: decodeText,
  stream: optional(decodeInteger),
  data: decodeBytes,
});

interface WrittenWarning {
  readonly vertex?: string;
  readonly short?: Uint8Array;
  readonly detail?: readonly Uint8Array[];
  readonly url?: string;
  readonly sourceInfo?: { readonly filename?: string };
  readonly range?: readonly { readonly start?: { readonly line?: number } }[];
}

const decodeWrittenWarning: Decoder<WrittenWarning> = objectOf<WrittenWarning>({
  vertex: optional(decodeText),
  short: optional(decodeBytes),
  detail: optional(listOf(decodeBytes)),
  url: optional(decodeText),
  sourceInfo: optional(objectOf<{ readonly filename?: string }>({ filename: optional(decodeText) })),
  range: optional(
    listOf(
      objectOf<{ readonly start?: { readonly line?: number } }>({
        start: optional(objectOf<{ readonly line?: number }>({ line: optional(decodeInteger) })),
      }),
    ),
  ),
});

function decodeWarning(value: unknown, place: Place): ProgressWarning {
  const { vertex, short, detail, url, sourceInfo, range } = decodeWrittenWarning(value, place);
  const line = range?.[0]?.start?.line;
  return {
    ...(vertex === undefined ? {} : { vertex }),
    short: textOf(short),
    detail: (detail ?? []).map(textOf),
    ...(url === undefined || url === '' ? {} : { url }),
    ...(sourceInfo?.filename === undefined ? {} : { file: sourceInfo.filename }),
    ...(line === undefined || line < 1 ? {} : { line }),
  };
}

function decodeMessage(value: unknown, place: Place): ProgressMessage {
  const { vertexes, statuses, logs, warnings } = decodeParts(value, place);
  return { vertexes: vertexes ?? [], statuses: statuses ?? [], logs: logs ?? [], warnings: warnings ?? [] };
}

const decodeParts: Decoder<Partial<ProgressMessage>> = objectOf<Partial<ProgressMessage>>({
  vertexes: optional(listOf(decodeVertex)),
  statuses: optional(listOf(decodeStatus)),
  logs: optional(listOf(decodeLog)),
  warnings: optional(listOf(decodeWarning)),
});

/** Go writes bytes as base64. */
function decodeBytes(value: unknown, place: Place): Uint8Array {
  const text = decodeText(value, place);
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return refuse(value, place, 'base64');
  return Buffer.from(text, 'base64');
}

function textOf(bytes: Uint8Array | undefined): string {
  return bytes === undefined ? '' : Buffer.from(bytes).toString('utf8').trim();
}
