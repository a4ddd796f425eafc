import Handlebars from 'handlebars';
import { Fault, isFault } from '../../errors/fault.ts';

/** What an expression may name: a text, a number, or a function that gives one. */
export type TemplateValues = Readonly<Record<string, unknown>>;

const engine = Handlebars.create();
engine.registerHelper('log', () => undefined);

/**
 * Evaluates the `{{…}}` of a text with Handlebars, `&`, `<`, `>`, quotes, backtick and `=` escaped for HTML as
 * Handlebars does. Only own properties of the values are seen, so an expression never reaches what code stands behind
 * them; nothing is printed.
 * @throws {Fault} TAG_EXPRESSION_MALFORMED
 */
export function renderTemplate(text: string, values: TemplateValues): string {
  if (!text.includes('{{')) return text;
  try {
    return engine.compile(text)(values, { allowProtoMethodsByDefault: false, allowProtoPropertiesByDefault: false });
  } catch (cause) {
    if (isFault(cause)) throw cause;
    throw new Fault('TAG_EXPRESSION_MALFORMED', `Cannot evaluate "${text}": ${reasonOf(cause)}`, { cause });
  }
}

/** Whether a text is one expression that names `raw` and nothing else. */
export function isRawExpression(text: string): boolean {
  const statements = parsed(text);
  const [statement] = statements;
  if (statements.length !== 1 || statement?.type !== 'MustacheStatement') return false;
  const path: unknown = Reflect.get(statement, 'path');
  if (typeof path !== 'object' || path === null) return false;
  const parts: unknown = Reflect.get(path, 'parts');
  return Array.isArray(parts) && parts.length === 1 && parts[0] === 'raw';
}

function parsed(text: string): readonly hbs.AST.Statement[] {
  try {
    return engine.parseWithoutProcessing(text).body;
  } catch {
    return [];
  }
}

function reasonOf(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  return message.replace(/\s*\n\s*/g, ' ');
}
