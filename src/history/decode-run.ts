import { decodeInteger, decodeText, type Place, refuse } from '../oci/decode.ts';

/** A cell that a former run really built. */
export interface FormerBuild {
  readonly cell: string;
  readonly durationMs: number;
  readonly isEmulated: boolean;
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * What the plan and the outcome of a former run tell of how long its cells took; what failed, was taken over from another
 * run or came wholly from the cache tells nothing. Only the fields that are asked for are looked at: files of all versions
 * of polyarch are read, and they are large.
 *
 * @throws {Fault} DOCUMENT_MALFORMED
 */
export function decodeRun(plan: unknown, outcome: unknown): readonly FormerBuild[] {
  const routes = new Map(cellsOf(plan, 'kept plan').map(({ cell, place }) => [decodeText(cell['id'], place), cell]));
  return cellsOf(outcome, 'kept outcome').flatMap(({ cell, place }) => {
    if (cell['state'] !== 'built') return [];
    const part = fieldsOf(cell['part'], place);
    const steps = fieldsOf(part['steps'], place);
    const total = decodeInteger(steps['total'], place);
    if (total > 0 && decodeInteger(steps['cached'], place) >= total) return [];
    const id = decodeText(cell['cell'], place);
    const planned = routes.get(id);
    if (planned === undefined) return [];
    const isEmulated = routeOf(planned, part['engine'], place) === 'emulated';
    return [{ cell: id, durationMs: decodeAmount(part['durationMs'], place), isEmulated }];
  });
}

function cellsOf(document: unknown, name: string): readonly { readonly cell: Fields; readonly place: Place }[] {
  const root = { document: name, path: '$' };
  const { cells } = fieldsOf(document, root);
  if (!Array.isArray(cells)) return refuse(cells, root, 'a list of cells');
  return cells.map((cell: unknown, position) => {
    const place = { document: name, path: `$.cells[${position}]` };
    return { cell: fieldsOf(cell, place), place };
  });
}

/** A cell that was moved was built where its part says. */
function routeOf(planned: Fields, engine: unknown, place: Place): unknown {
  const others: readonly unknown[] = Array.isArray(planned['alternatives']) ? planned['alternatives'] : [];
  const built = [planned, ...others.map((other) => fieldsOf(other, place))].find(({ builder }) => builder === engine);
  return fieldsOf((built ?? planned)['route'], place)['kind'];
}

function fieldsOf(value: unknown, place: Place): Fields {
  return isFields(value) ? value : refuse(value, place, 'an object');
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function decodeAmount(value: unknown, place: Place): number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : refuse(value, place, 'a number');
}
