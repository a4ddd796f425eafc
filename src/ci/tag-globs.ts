/**
 * Globs of the git tags that the tag rules speak of: versions for `semver` and `pep440`, every tag for those that take any.
 * None where no rule looks at git tags.
 */
export function tagGlobs(rules: readonly string[]): readonly string[] {
  const types = rules.map((rule) => ({ type: /(?:^|,)\s*type=(\w+)/.exec(rule)?.[1] ?? 'raw', rule }));
  if (types.some(({ type, rule }) => type === 'match' || (type === 'ref' && /event=tag/.test(rule)))) return ['**'];
  return types.some(({ type }) => type === 'semver' || type === 'pep440') ? ['v*', '[0-9]*'] : [];
}
