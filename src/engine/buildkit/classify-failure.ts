import { Fault } from '../../errors/fault.ts';
import type { Cell, Placement } from '../../plan/cell.ts';
import type { FailureKind } from './attempt.ts';
import type { BuildStep } from './build-steps.ts';
import { builderFailures, type CacheFailure, type FailureRow } from './failure-table.ts';
import { stepFailures } from './step-failures.ts';

/** What is known of a build that did not succeed. */
export interface FailureEvidence {
  readonly cell: Cell;
  readonly placement: Placement;
  /** The lines that buildx wrote besides its progress. */
  readonly text: readonly string[];
  /** The Docker context that the builder is. Absent where it is more than that. */
  readonly context?: string | undefined;
  /** The step that failed, where one did. */
  readonly step?: BuildStep;
}

export interface ClassifiedFailure {
  readonly failure: FailureKind | CacheFailure;
  readonly fault: Fault;
}

const shownLogLines = 12;
const shownSourceLines = 12;

/** What kind of failure it was, with cause and cure. The exit code has decided before that it was one. */
export function classifyFailure(evidence: FailureEvidence): ClassifiedFailure {
  const said = nameContext(lastError(evidence.text), evidence.context);
  const isCommand = commandFailure.test(said);
  const row = isCommand ? rowOfStep(said, evidence) : rowOf(builderFailures, said, evidence.placement);
  const isCache = !isCommand && evidence.step?.name.startsWith('exporting cache') === true;
  const { cell, placement, step } = evidence;
  const subject = isCommand && step !== undefined ? `"${shorten(instructionOf(step))}" failed, ` : '';
  const cause = row?.cause ?? (said === '' ? 'buildx says nothing' : `buildx says: ${shorten(said)}`);
  const line = lineOf(evidence.text);
  const frame = frameOf(evidence, { said, isMissing: row?.row.cause.includes('$') === false && !isCommand });
  const fault = new Fault(
    row?.row.code ?? 'BUILD_FAILED',
    `Cannot build ${cell.id} on "${placement.builder}": ${subject}${cause}`,
    {
      where: {
        platform: cell.platform,
        ...(line === undefined ? {} : { file: cell.recipe.dockerfile, line }),
      },
      ...(row?.row.cure === undefined ? {} : { hint: row.row.cure }),
      ...(frame === '' ? {} : { frame }),
      retryable: row?.row.kind === 'transient',
    },
  );
  return { failure: isCache ? 'cache-export' : (row?.row.kind ?? 'permanent'), fault };
}

/** How BuildKit tells that a command of the Dockerfile ran and did not end well. */
const commandFailure = /process "[^]*" did not complete successfully: /;

interface FoundRow {
  readonly row: FailureRow;
  readonly cause: string;
}

function rowOfStep(said: string, { step, placement }: FailureEvidence): FoundRow | undefined {
  const how = said.slice(said.lastIndexOf('did not complete successfully: '));
  return rowOf(stepFailures, [...(step?.log ?? []), how].join('\n'), placement);
}

function rowOf(rows: readonly FailureRow[], text: string, { route }: Placement): FoundRow | undefined {
  for (const row of rows) {
    if (row.routes?.includes(route.kind) === false) continue;
    const match = row.pattern.exec(text);
    if (match !== null) return { row, cause: fill(row.cause, match) };
  }
  return undefined;
}

function fill(cause: string, match: RegExpExecArray): string {
  return cause
    .replace(/\$(\d|&)/g, (_, group: string) => shorten(match[group === '&' ? 0 : Number(group)] ?? ''))
    .replace(/ \(\)/, '');
}

/** From the last `ERROR:` on, without what every error begins with. */
function lastError(text: readonly string[]): string {
  const at = text.findLastIndex((line) => /^ERROR: /.test(line));
  const lines = at === -1 ? text.filter((line) => !/^(?:WARNING|Usage|Run ')/.test(line)).slice(-20) : text.slice(at);
  return lines
    .join('\n')
    .replace(/^ERROR: (?:failed to build: )?(?:failed to solve: )?/, '')
    .trim();
}

/** buildx takes a context that does not exist for a builder that does not. */
function nameContext(said: string, context: string | undefined): string {
  return context !== undefined && said === `no builder "${context}" found`
    ? `context "${context}" does not exist`
    : said;
}

/** buildx shows the place as `Dockerfile:9`, and below it the lines between two rules. */
function lineOf(text: readonly string[]): number | undefined {
  const rule = text.findIndex((line) => /^-{20}$/.test(line));
  const place = /:(\d+)$/.exec(text[rule - 1] ?? '')?.[1];
  return place === undefined ? undefined : Number(place);
}

function frameOf(
  { text, step }: FailureEvidence,
  { said, isMissing }: { readonly said: string; readonly isMissing: boolean },
): string {
  const [first = -1, last = -1] = text.flatMap((line, at) => (/^-{20}$/.test(line) ? [at] : []));
  const source = first === -1 ? [] : text.slice(first + 1, last === -1 ? undefined : last).slice(0, shownSourceLines);
  const log = (step?.log ?? []).slice(-shownLogLines);
  return [
    ...source.filter((line) => line.trim() !== ''),
    ...(log.length === 0 ? [] : ['The end of its output:', ...log.map((line) => `  ${shorten(line)}`)]),
    ...(isMissing ? [`buildx says: ${shorten(said)}`] : []),
  ].join('\n');
}

function instructionOf({ name }: BuildStep): string {
  return name.replace(/^\[[^\]]*\]\s*/, '');
}

function shorten(text: string): string {
  return text.length > 400 ? `${text.slice(0, 400)}…` : text;
}
