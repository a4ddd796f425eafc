/** The names of the rules, as they stand in reports and may be chosen by. */
export type RuleName =
  | 'platforms-unique'
  | 'platforms-complete'
  | 'platforms-agree'
  | 'layers-present'
  | 'digests-match'
  | 'architecture-truth'
  | 'attestations-paired';

/** What a check found out about an image. Plain JSON; never an exception. */
export interface Finding {
  readonly rule: RuleName;
  /** An `error` stops a release before any tag moves. */
  readonly level: 'error' | 'warning';
  /** One sentence with the place and both values in it. */
  readonly message: string;
  /** In normal form, for example `linux/arm/v7`. */
  readonly platform?: string;
  /** The digest of the layer. */
  readonly layer?: string;
  /** Absolute in the image. */
  readonly path?: string;
  readonly found?: string;
  readonly expected?: string;
  /** What can be done. */
  readonly hint?: string;
}
