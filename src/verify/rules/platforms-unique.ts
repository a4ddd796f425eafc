import type { Finding } from '../finding.ts';
import { type EntryFacts, entryPlatform, type ImageFacts, imageEntries } from '../image-facts.ts';
import type { Rule } from '../rule.ts';

/** Readers take the first of two images for one platform, and nobody sees the second. */
export const platformsUnique: Rule = {
  name: 'platforms-unique',
  meaning: 'No platform has two images',
  check,
};

function check(facts: ImageFacts): readonly Finding[] {
  const first = new Map<string, EntryFacts>();
  return imageEntries(facts).flatMap((entry) => {
    const platform = entryPlatform(entry);
    const other = first.get(platform);
    if (other === undefined) {
      first.set(platform, entry);
      return [];
    }
    return [
      {
        rule: 'platforms-unique',
        level: 'error',
        message: `${platform} has two images, ${other.descriptor.digest} and ${entry.descriptor.digest}, expected one`,
        platform,
        found: entry.descriptor.digest,
        expected: other.descriptor.digest,
        hint: 'Merge again from exactly one result for each platform',
      } satisfies Finding,
    ];
  });
}
