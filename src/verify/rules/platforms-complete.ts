import { formatPlatform, parsePlatform } from '../../oci/platform.ts';
import type { Finding } from '../finding.ts';
import { entryPlatform, type ImageFacts, imageEntries } from '../image-facts.ts';
import type { Rule, VerifyOptions } from '../rule.ts';

/** The set of platforms is exactly the one that was asked for. */
export const platformsComplete: Rule = {
  name: 'platforms-complete',
  meaning: 'Every platform that was asked for is there, and no other',
  check,
};

function check(facts: ImageFacts, options: VerifyOptions): readonly Finding[] {
  if (options.platforms === undefined) return [];
  const required = options.platforms.map(normalForm);
  const optional = (options.optionalPlatforms ?? []).map(normalForm).filter((platform) => !required.includes(platform));
  const present = [...new Set(imageEntries(facts).map(entryPlatform))];
  const found = present.join(', ') || 'no platform';
  const expected = [...required, ...optional].join(', ');
  return [
    ...required
      .filter((wanted) => !present.some((each) => serves(each, wanted)))
      .map((platform) => ({
        ...finding('error', platform, `${platform} is missing: the image has ${found}`),
        hint: 'Build the platform, or mark it optional in the config',
      })),
    ...optional
      .filter((wanted) => !present.some((each) => serves(each, wanted)))
      .map((platform) =>
        finding('warning', platform, `${platform} is missing: the image has ${found}; the platform is optional`),
      ),
    ...present
      .filter((each) => ![...required, ...optional].some((wanted) => serves(each, wanted)))
      .map((platform) => finding('error', platform, `${platform} was not asked for: expected ${expected}`)),
  ].map((each) => ({ ...each, found, expected }));
}

/** What was asked for without a version of the system is there with any. */
function serves(present: string, wanted: string): boolean {
  return present === wanted || present.replace(/\([^)]*\)/, '') === wanted;
}

function finding(level: Finding['level'], platform: string, message: string): Finding {
  return { rule: 'platforms-complete', level, message, platform };
}

function normalForm(platform: string): string {
  return formatPlatform(parsePlatform(platform));
}
