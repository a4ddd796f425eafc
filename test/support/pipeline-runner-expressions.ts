import { data, Evaluator, Lexer, Parser } from '@actions/expressions';

/** What expressions can see, by the name of the context: `github`, `needs`, `matrix`… */
export type Contexts = Readonly<Record<string, unknown>>;

/** The job or step so far. */
export interface Status {
  readonly isSuccess: boolean;
  /** Reads `hashFiles`: whether files match. */
  readonly hasFiles?: (pattern: string) => boolean;
}

/** The value of an expression, by GitHub's own evaluator. */
export function evaluateExpression(text: string, contexts: Contexts, status: Status): unknown {
  const functions: Readonly<Record<string, (argument?: data.ExpressionData) => data.ExpressionData>> = {
    success: () => new data.BooleanData(status.isSuccess),
    failure: () => new data.BooleanData(!status.isSuccess),
    always: () => new data.BooleanData(true),
    cancelled: () => new data.BooleanData(false),
    hashfiles: (pattern) =>
      new data.StringData(status.hasFiles?.(pattern?.coerceString() ?? '') === true ? 'a'.repeat(64) : ''),
  };
  const definitions = Object.entries(functions).map(([name, call]) => ({ name, minArgs: 0, maxArgs: 1, call }));
  const tokens = new Lexer(text).lex().tokens;
  const tree = new Parser(tokens, Object.keys(contexts), definitions).parse();
  const context = JSON.parse(JSON.stringify(contexts), data.reviver) as data.Dictionary;
  const known = new Map(definitions.map((definition) => [definition.name, definition]));
  const value = new Evaluator(tree, context, known).evaluate();
  return JSON.parse(JSON.stringify(value, data.replacer)) as unknown;
}

/** A text with its `${{ }}` replaced; a text that is one expression gives that one's value, of any type. */
export function fillIn(text: string, contexts: Contexts, status: Status): unknown {
  const whole = /^\$\{\{((?:(?!\}\})[\s\S])*)\}\}$/.exec(text)?.[1];
  if (whole !== undefined) return evaluateExpression(whole.trim(), contexts, status);
  return text.replace(/\$\{\{([\s\S]*?)\}\}/g, (_all, inner: string) =>
    textOf(evaluateExpression(inner.trim(), contexts, status)),
  );
}

/** An `if:`. Where it names no status, everything before must have gone well. */
export function holds(condition: string | undefined, contexts: Contexts, status: Status): boolean {
  if (condition === undefined) return status.isSuccess;
  const inner = /^\$\{\{([\s\S]*)\}\}$/.exec(condition.trim())?.[1] ?? condition;
  const namesStatus = /\b(?:success|failure|always|cancelled)\(\)/.test(inner);
  if (!namesStatus && !status.isSuccess) return false;
  const value = evaluateExpression(inner.trim(), contexts, status);
  return value !== false && value !== null && value !== '' && value !== 0;
}

/** As an expression in a text shows it. */
export function textOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
