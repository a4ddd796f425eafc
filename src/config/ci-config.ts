/** What `polyarch ci` writes, every default filled in. */
export interface CiConfig {
  readonly provider: 'hosted' | 'blacksmith' | 'self-hosted';
  /** Labels of the runners by normalised platform; a platform that is not here takes the provider's usual one. */
  readonly runners: Readonly<Record<string, readonly string[]>>;
  /** The branches whose pushes are built; empty means the default one. */
  readonly branches: readonly string[];
  /** A cron line. */
  readonly schedule?: string;
  /** Paths beside those that the Dockerfiles use. */
  readonly paths: readonly string[];
  /** How long one job may take. Default: 3,600,000. */
  readonly timeoutMs: number;
  readonly env: Readonly<Record<string, string>>;
  readonly pullRequest: PullRequestConfig;
}

/** What a pull request does. */
export interface PullRequestConfig {
  /** Normalised; absent means all. */
  readonly platforms?: readonly string[];
  /** Keep one comment up to date. */
  readonly comment: boolean;
  /** Keep a section of the description up to date. */
  readonly description: boolean;
}
