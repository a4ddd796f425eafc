import type { OrderEvidence } from './order-evidence.ts';
import { parseSemanticVersion } from './semantic-version.ts';

/** The keys of an index's annotations that tell its order; see docs/decisions/0010-order-evidence.md. */
export const orderKeys = {
  version: 'dev.polyarch.order.version',
  commit: 'dev.polyarch.order.commit',
  commitDate: 'dev.polyarch.order.commit-date',
  runNumber: 'dev.polyarch.order.run-number',
} as const satisfies Readonly<Record<keyof OrderEvidence, string>>;

type Annotations = Readonly<Record<string, string>>;

/** Order evidence as annotations of an index; what is not known has none. */
export function encodeOrder({ version, commit, commitDate, runNumber }: OrderEvidence): Annotations {
  return {
    ...(version === undefined ? {} : { [orderKeys.version]: version }),
    ...(commit === undefined ? {} : { [orderKeys.commit]: commit }),
    ...(commitDate === undefined ? {} : { [orderKeys.commitDate]: commitDate }),
    ...(runNumber === undefined ? {} : { [orderKeys.runNumber]: String(runNumber) }),
  };
}

/**
 * The order evidence of an index that anybody may have written: what is not of the right form counts as unknown. An
 * index that polyarch did not make is read by its pre-defined annotations: the revision, and a version that is no
 * prerelease, because the variants of other tools (`1.2.3-alpine`) look like one.
 * https://github.com/opencontainers/image-spec/blob/v1.1.1/annotations.md#pre-defined-annotation-keys
 */
export function decodeOrder(annotations: Annotations | undefined): OrderEvidence {
  const own = annotations ?? {};
  const version = versionOf(own[orderKeys.version]) ?? plainVersionOf(own['org.opencontainers.image.version']);
  const commit = commitOf(own[orderKeys.commit]) ?? commitOf(own['org.opencontainers.image.revision']);
  const commitDate = dateOf(own[orderKeys.commitDate]);
  const runNumber = numberOf(own[orderKeys.runNumber]);
  return {
    ...(version === undefined ? {} : { version }),
    ...(commit === undefined ? {} : { commit }),
    ...(commitDate === undefined ? {} : { commitDate }),
    ...(runNumber === undefined ? {} : { runNumber }),
  };
}

function versionOf(text: string | undefined): string | undefined {
  return parseSemanticVersion(text)?.text;
}

function plainVersionOf(text: string | undefined): string | undefined {
  return text !== undefined && /^v?\d+\.\d+\.\d+$/.test(text) ? versionOf(text) : undefined;
}

function commitOf(text: string | undefined): string | undefined {
  return text !== undefined && /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text) ? text : undefined;
}

function dateOf(text: string | undefined): string | undefined {
  if (text === undefined || !/^\d{4}-\d\d-\d\dT[\d:.]{5,15}(?:Z|[+-]\d\d:\d\d)$/.test(text)) return undefined;
  return Number.isNaN(Date.parse(text)) ? undefined : text;
}

function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
