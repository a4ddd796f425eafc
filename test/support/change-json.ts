/** A place in JSON: keys and positions. */
export type JsonPath = readonly (string | number)[];

/** The same value as parsed JSON with another one at a place; `undefined` removes what is there. */
export function changeJson(value: unknown, path: JsonPath, replacement: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return replacement;
  if (Array.isArray(value)) {
    const items: readonly unknown[] = value;
    const changed = changeJson(items[Number(key)], rest, replacement);
    return Number(key) < items.length ? items.with(Number(key), changed) : [...items, changed];
  }
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  const inner: unknown = entries.find(([name]) => name === key)?.[1];
  const others = entries.filter(([name]) => name !== key);
  const changed = changeJson(inner, rest, replacement);
  return Object.fromEntries(changed === undefined ? others : [...others, [key, changed]]);
}
