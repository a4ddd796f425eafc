import * as v from 'valibot';
import { sourceLines } from '../dockerfile/source-place.ts';
import { checkShape, type UnplacedProblem } from './check-shape.ts';
import { explainIssues } from './check-values.ts';
import type { Config } from './config.ts';
import { type ConfigProblem, problemsFault } from './config-problem.ts';
import { findReservedKeys } from './find-reserved-keys.ts';
import { type ReadYaml, readYaml } from './read-yaml.ts';
import { type ResolveOptions, resolveConfig } from './resolve-config.ts';
import { type WrittenConfig, writtenConfigSchema } from './written-config.ts';

export interface ParseConfigOptions extends ResolveOptions {
  /** The file as messages are to name it. */
  readonly file: string;
}

/**
 * Reads the text of a polyarch.yaml. All its problems are told at once: each with file, line and column, what was
 * found, what is allowed and the nearest right spelling.
 *
 * @throws {Fault} CONFIG_MALFORMED
 */
export function parseConfig(text: string, options: ParseConfigOptions): Config {
  const { written, problems } = checkConfig(text);
  const [first, ...others] = problems;
  if (first !== undefined) throw problemsFault([first, ...others], { file: options.file, lines: sourceLines(text) });
  return resolveConfig(written, { ...options, reservedKeys: findReservedKeys(written) });
}

/** What a text says, as far as it can be read, and everything that is wrong with it in the order of the text. */
export function checkConfig(text: string): {
  readonly written: WrittenConfig;
  readonly problems: readonly ConfigProblem[];
} {
  const read = readYaml(text.replace(/^\uFEFF/, ''), writtenConfigSchema);
  if (read.problems.length > 0) return { written: {}, problems: inOrder(read.problems) };
  const value = read.value ?? {};
  const parsed = v.safeParse(writtenConfigSchema, value);
  const unplaced = [...checkShape(value, writtenConfigSchema), ...explainIssues(parsed.issues ?? [])];
  return {
    written: parsed.success ? parsed.output : {},
    problems: inOrder(unplaced.map((problem) => place(problem, read))),
  };
}

function place({ path, at, text, allowed }: UnplacedProblem, read: ReadYaml): ConfigProblem {
  return { text, ...read.placeOf(path, at), ...(allowed === undefined ? {} : { allowed }) };
}

function inOrder(problems: readonly ConfigProblem[]): readonly ConfigProblem[] {
  return problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
}
