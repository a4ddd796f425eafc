import { formatPlatform, type Platform } from '../oci/platform.ts';
import type { CiConfig } from './ci-config.ts';
import { parseDuration } from './duration.ts';
import { readPlatform } from './read-platform.ts';
import { definedOf, textsOf } from './resolve-value.ts';
import type { WrittenConfig } from './written-config.ts';

interface Surroundings {
  readonly hostPlatform?: Platform;
}

/** What `polyarch ci` writes. */
export function resolveCi(written: NonNullable<WrittenConfig['ci']>, { hostPlatform }: Surroundings): CiConfig {
  const { schedule, pullRequest } = written;
  const runners = Object.entries(written.runners ?? {}).map(
    ([platform, labels]) =>
      [formatPlatform(readPlatform(platform, hostPlatform)), typeof labels === 'string' ? [labels] : labels] as const,
  );
  return {
    provider: written.provider ?? 'hosted',
    runners: Object.fromEntries(runners),
    branches: written.branches ?? [],
    paths: written.paths ?? [],
    timeoutMs: parseDuration(written.timeout ?? '60m'),
    env: textsOf(written.env),
    pullRequest: {
      comment: pullRequest?.comment ?? false,
      description: pullRequest?.description ?? false,
      ...definedOf({
        platforms: pullRequest?.platforms?.map((text) => formatPlatform(readPlatform(text, hostPlatform))),
      }),
    },
    ...definedOf({ schedule }),
  };
}
