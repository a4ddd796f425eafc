/**
 * A glob of names as GitHub's filters have it, as a regular expression of the whole name: `*` stops at a slash, `**` does
 * not. https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#filter-pattern-cheat-sheet
 */
export function globPattern(glob: string): string {
  const pattern = glob.replace(/\*\*|[.^$(){}|\\*]/g, (found) => {
    if (found === '**') return '.*';
    return found === '*' ? '[^/]*' : `\\${found}`;
  });
  return `^${pattern}$`;
}
