/** A version as PEP 440 orders them. https://peps.python.org/pep-0440/#appendix-b-parsing-version-strings-with-regular-expressions */
export interface Pep440Version {
  /** The normal form: `1.1beta2` is `1.1b2`, `1.2post1` is `1.2.post1`. */
  readonly clean: string;
  readonly release: readonly number[];
  /** An alpha, beta, candidate, post or development release. */
  readonly special: boolean;
  /** An alpha, beta, candidate or development release: older than the version without it. */
  readonly prerelease: boolean;
}

const versionPattern = new RegExp(
  [
    '^v?',
    '(?:(?<epoch>[0-9]+)!)?',
    '(?<release>[0-9]+(?:\\.[0-9]+)*)',
    '(?:[-_.]?(?<pre>a|b|c|rc|alpha|beta|pre|preview)[-_.]?(?<preNumber>[0-9]+)?)?',
    '(?:-(?<postAlone>[0-9]+)|[-_.]?(?<post>post|rev|r)[-_.]?(?<postNumber>[0-9]+)?)?',
    '(?:[-_.]?(?<dev>dev)[-_.]?(?<devNumber>[0-9]+)?)?',
    '(?:\\+(?<local>[a-z0-9]+(?:[-_.][a-z0-9]+)*))?$',
  ].join(''),
  'i',
);

const spellings: Readonly<Record<string, string>> = {
  alpha: 'a',
  beta: 'b',
  c: 'rc',
  pre: 'rc',
  preview: 'rc',
  rev: 'post',
  r: 'post',
};

/**
 * Reads a PEP 440 version, or gives undefined where the text is none. White space around it is not taken. The parts of
 * a local version are joined by commas in `clean`, as `@renovate/pep440` 1 does, so that tags come out equal.
 */
export function parsePep440(text: string): Pep440Version | undefined {
  const groups = versionPattern.exec(text)?.groups;
  if (groups === undefined) return undefined;
  const epoch = Number(groups['epoch'] ?? 0);
  const release = (groups['release'] ?? '').split('.').map(Number);
  const pre = marked(groups['pre'], groups['preNumber']);
  const postAlone = groups['postAlone'];
  const post = marked(postAlone === undefined ? groups['post'] : 'post', postAlone ?? groups['postNumber']);
  const dev = marked(groups['dev'], groups['devNumber']);
  const clean = [
    epoch === 0 ? '' : `${epoch}!`,
    release.join('.'),
    pre ?? '',
    post === undefined ? '' : `.${post}`,
    dev === undefined ? '' : `.${dev}`,
    localOf(groups['local']),
  ].join('');
  const prerelease = pre !== undefined || dev !== undefined;
  return { clean, release, special: prerelease || post !== undefined, prerelease };
}

function marked(letter: string | undefined, number: string | undefined): string | undefined {
  if (letter === undefined) return undefined;
  const lower = letter.toLowerCase();
  return `${spellings[lower] ?? lower}${Number(number ?? 0)}`;
}

function localOf(local: string | undefined): string {
  if (local === undefined) return '';
  const parts = local.split(/[._-]/).map((part) => (Number.isNaN(Number(part)) ? part.toLowerCase() : Number(part)));
  return `+${parts.join(',')}`;
}
