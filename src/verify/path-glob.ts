/**
 * Whether an absolute path matches a glob. `*` stands for anything within a name, `?` for one character, `**` for any
 * number of folders; `*` alone for every path. A glob that ends with `/` or with two stars stands for all below that
 * folder, and not for the folder; the slash at the beginning may be left out.
 */
export function matchesGlob(path: string, glob: string): boolean {
  if (glob === '*') return true;
  const whole = `${glob.startsWith('/') ? '' : '/'}${glob}${glob.endsWith('/') ? '**' : ''}`;
  return segmentsMatch(path.split('/'), whole.replace(/\/\*\*$/, '/**/*').split('/'));
}

function segmentsMatch(path: readonly string[], glob: readonly string[]): boolean {
  let at = 0;
  let retryPath = -1;
  let retryGlob = -1;
  for (let step = 0; step < path.length; ) {
    if (glob[at] === '**') {
      [retryPath, retryGlob] = [step, at];
      at++;
    } else if (at < glob.length && nameMatches(path[step] ?? '', glob[at] ?? '')) {
      step++;
      at++;
    } else if (retryGlob !== -1) {
      retryPath++;
      step = retryPath;
      at = retryGlob + 1;
    } else {
      return false;
    }
  }
  return glob.slice(at).every((segment) => segment === '**');
}

function nameMatches(name: string, glob: string): boolean {
  const pattern = glob
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*+/g, '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${pattern}$`, 's').test(name);
}
