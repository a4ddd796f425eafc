/**
 * The name of a cell in file names and job names: its id with every character outside `[a-z0-9._-]` replaced by `-`. Two cells of
 * one plan may come down to one slug; `cellSlugs` tells them apart.
 */
export function cellSlug(cell: string): string {
  return cell.toLowerCase().replace(/[^a-z0-9._-]/g, '-');
}

/** The slug of every cell of a plan, by cell. Where two come down to one, the later gets `-2`, `-3`… behind it. */
export function cellSlugs(cells: readonly { readonly id: string }[]): ReadonlyMap<string, string> {
  const taken = new Set<string>();
  const slugs = new Map<string, string>();
  for (const { id } of cells) {
    const slug = freeSlug(cellSlug(id), taken);
    taken.add(slug);
    slugs.set(id, slug);
  }
  return slugs;
}

function freeSlug(slug: string, taken: ReadonlySet<string>): string {
  if (!taken.has(slug)) return slug;
  let number = 2;
  while (taken.has(`${slug}-${number}`)) number += 1;
  return `${slug}-${number}`;
}
