/**
 * The short spelling of an image's name, by which named contexts are found: without Docker Hub's host and `library/`, and
 * without `:latest`.
 */
export function familiarName(reference: string): string {
  const bare = reference.replace(/^(?:index\.)?docker\.io\//, '').replace(/^library\//, '');
  return bare.replace(/:latest$/, '');
}
