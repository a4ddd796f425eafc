/**
 * What may be told of tag rules: a `mistake` stands in the rules themselves, or in the tags they give, and is a fault
 * under `strict`; a `note` says why a rule gave nothing for this event.
 */
export const tagWarningKinds = {
  'attribute-unknown': 'mistake',
  'lines-ignored': 'mistake',
  'onlatest-ignored': 'mistake',
  'time-zone-unknown': 'mistake',
  'tag-too-long': 'mistake',
  'tag-start': 'mistake',
  'latest-is-prerelease': 'mistake',
  'latest-is-one-architecture': 'mistake',
  'image-empty': 'mistake',
  'image-capitals': 'note',
  'not-semver': 'note',
  'not-pep440': 'note',
  'no-match': 'note',
  'no-group': 'note',
  'no-version': 'note',
} as const satisfies Readonly<Record<string, 'mistake' | 'note'>>;

export type TagWarningKind = keyof typeof tagWarningKinds;

/** Something that does not stop the rules, but is most likely not what was meant. */
export interface TagWarning {
  readonly kind: TagWarningKind;
  readonly message: string;
  /** What to write instead, where there is something. */
  readonly cure?: string;
  /** The rule it is about, as written. */
  readonly entry?: string;
}

/** Takes a warning; what is told twice is kept once. */
export type Warn = (warning: TagWarning) => void;

/** A list and the function that fills it. */
export function collectWarnings(): { readonly warnings: readonly TagWarning[]; readonly warn: Warn } {
  const warnings: TagWarning[] = [];
  function warn(warning: TagWarning): void {
    const told = warnings.some(({ kind, message }) => kind === warning.kind && message === warning.message);
    if (!told) warnings.push(warning);
  }
  return { warnings, warn };
}
