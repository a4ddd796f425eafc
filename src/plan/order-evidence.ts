/** What tells the release of one commit from that of another; written as annotations of the index. */
export interface OrderEvidence {
  /** The version that the tag rules gave, where it is one of semver: `1.2.3`. */
  readonly version?: string;
  readonly commit?: string;
  /** ISO 8601. */
  readonly commitDate?: string;
  readonly runNumber?: number;
}
