import type { ResolvedTagContext } from './tag-context.ts';

/** What the labels of an image say of where it comes from. */
export interface LabelSource {
  readonly context: ResolvedTagContext;
  /** The main tag; empty where there is none. */
  readonly version: string;
}

/**
 * The labels `org.opencontainers.image.*` of an event and those given, as `key=value`, sorted by key. A later one takes
 * the place of an earlier one of the same key; one without `=` is dropped.
 * https://github.com/opencontainers/image-spec/blob/v1.1.1/annotations.md#pre-defined-annotation-keys
 */
export function assembleLabels(source: LabelSource, given: readonly string[]): readonly string[] {
  const values = new Map(Object.entries(ownLabels(source)).map(([name, value]) => [labelKey(name), value]));
  for (const label of given) {
    const equals = label.indexOf('=');
    if (equals >= 0) values.set(label.slice(0, equals), label.slice(equals + 1));
  }
  return [...values]
    .sort(([one], [other]) => one.localeCompare(other, 'en-US'))
    .map(([key, value]) => `${key}=${value}`);
}

/** The key of a pre-defined label: `version` is `org.opencontainers.image.version`. */
export function labelKey(name: string): string {
  return `org.opencontainers.image.${name}`;
}

function ownLabels({ context, version }: LabelSource): Readonly<Record<string, string>> {
  const { repository, now, sha } = context;
  const { license } = repository;
  return {
    title: repository.name ?? repository.full_name?.split('/').at(-1) ?? '',
    description: repository.description ?? '',
    url: repository.html_url ?? '',
    source: repository.html_url ?? '',
    version,
    created: now.toISOString(),
    revision: sha,
    licenses: (typeof license === 'string' ? license : license?.spdx_id) ?? '',
  };
}
