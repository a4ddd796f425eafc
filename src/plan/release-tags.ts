/** What the tag rules gave for one release. Plain JSON. */
export interface ReleaseTags {
  /** Without repository: main, partial, `latest`; empty where no rule is about the event. */
  readonly tags: readonly string[];
  /** Those of `tags` that stand for `latest`. */
  readonly latest: readonly string[];
  /** Those of `tags` that another image may never take. */
  readonly immutable: readonly string[];
  /** The version of the release, without suffix, where it is one of semver. */
  readonly version?: string;
  /** Labels of the event, for image configs. */
  readonly labels: Readonly<Record<string, string>>;
  /** Annotations of the event, for the index. */
  readonly annotations: Readonly<Record<string, string>>;
}
