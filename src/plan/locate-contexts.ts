import { pathBelow } from './path-below.ts';

const layoutScheme = 'oci-layout://';

/**
 * Named contexts with absolute paths: a folder, and the folder of `oci-layout://`, are relative to the config's folder.
 * What names anything else stays as it is.
 */
export function locateContexts(
  contexts: Readonly<Record<string, string>>,
  root: string,
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(contexts).map(([name, source]) => [name, locate(source, root)]));
}

function locate(source: string, root: string): string {
  if (source.startsWith(layoutScheme)) return `${layoutScheme}${pathBelow(root, source.slice(layoutScheme.length))}`;
  return /^(?:[a-z][a-z0-9+.-]*:\/\/|target:|git@)/i.test(source) ? source : pathBelow(root, source);
}
