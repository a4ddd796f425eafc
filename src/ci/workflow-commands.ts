import { isAbsolute, join, relative } from 'node:path/posix';
import type { FaultWhere } from '../errors/fault.ts';

/** Something that GitHub shows beside a line of a file, or at the head of the run. */
export interface Annotation {
  readonly level: 'error' | 'warning' | 'notice';
  readonly title: string;
  readonly message: string;
  /** Relative to the root of the repository. Absent: it is about no file. */
  readonly file?: string | undefined;
  /** 1-based. */
  readonly line?: number | undefined;
  /** 1-based. */
  readonly column?: number | undefined;
}

/**
 * The line that makes GitHub Actions show an annotation. Whatever the message holds, it stays one command.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#setting-an-error-message
 */
export function formatAnnotation({ level, title, message, file, line, column }: Annotation): string {
  const properties = [
    ...(file === undefined ? [] : [`file=${escapeProperty(file)}`]),
    ...(line === undefined ? [] : [`line=${line}`]),
    ...(column === undefined ? [] : [`col=${column}`]),
    `title=${escapeProperty(title)}`,
  ];
  return `::${level} ${properties.join(',')}::${escapeData(message)}`;
}

/** The lines around what GitHub Actions folds away under a title. */
export function formatGroup(title: string): { readonly begin: string; readonly end: string } {
  return { begin: `::group::${escapeData(title)}`, end: '::endgroup::' };
}

export interface AnnotationPlace {
  /** GITHUB_WORKSPACE: the root of the repository; absolute. */
  readonly workspace: string;
  /** What relative paths are relative to; absolute. */
  readonly workingDirectory: string;
}

/** The annotation of something that went wrong; without a place in a file of the repository it is about the run. */
export function annotationOf(
  problem: { readonly code: string; readonly message: string; readonly hint: string; readonly where: FaultWhere },
  { workspace, workingDirectory }: AnnotationPlace,
): Annotation {
  const { file, line, column } = problem.where;
  const path =
    file === undefined ? undefined : relative(workspace, join(isAbsolute(file) ? '/' : workingDirectory, file));
  const isInside = path !== undefined && path !== '' && !path.startsWith('..');
  return {
    level: 'error',
    title: problem.code,
    message: `${problem.message}\n${problem.hint}`,
    ...(isInside ? { file: path, line, column } : {}),
  };
}

/** As GitHub's toolkit escapes the text of a command. */
function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
