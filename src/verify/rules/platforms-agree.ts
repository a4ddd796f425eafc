import { platformOf } from '../../oci/image-config.ts';
import { formatPlatform, type Platform } from '../../oci/platform.ts';
import type { Finding } from '../finding.ts';
import { type EntryFacts, type ImageFacts, imageEntries } from '../image-facts.ts';
import type { Rule } from '../rule.ts';

/** Readers choose by the index's word and run by the config's. */
export const platformsAgree: Rule = {
  name: 'platforms-agree',
  meaning: 'The index and the config of every image say the same platform',
  check,
};

function check(facts: ImageFacts): readonly Finding[] {
  return imageEntries(facts).flatMap((entry) => checkEntry(entry, facts.index !== undefined));
}

function checkEntry(entry: EntryFacts, isInIndex: boolean): readonly Finding[] {
  const { platform: label, digest } = entry.descriptor;
  const config = entry.imageConfig;
  const said = config === undefined ? undefined : formatPlatform(platformOf(config));
  if (config !== undefined && (config.os === '' || config.architecture === '')) {
    return [
      error(`The config of ${digest} names no platform: os is "${config.os}", architecture "${config.architecture}"`),
    ];
  }
  if (label === undefined) {
    if (!isInIndex) return [];
    return [
      error(`${digest} stands in the index without a platform${said === undefined ? '' : `, its config says ${said}`}`),
    ];
  }
  if (label.os === '' || label.architecture === '') {
    return [
      error(
        `The index writes an empty platform for ${digest}: os is "${label.os}", architecture "${label.architecture}"`,
      ),
    ];
  }
  return said === undefined || said === formatPlatform(label) ? [] : [mismatch(entry, label, said)];
}

/** Old configs leave the variant out; then it is not told rather than told differently. */
function mismatch(entry: EntryFacts, label: Platform, said: string): Finding {
  const platform = formatPlatform(label);
  const isUntold = (entry.imageConfig?.variant ?? '') === '' && formatPlatform({ ...label, variant: '' }) === said;
  return {
    rule: 'platforms-agree',
    level: isUntold ? 'warning' : 'error',
    message: `The index says ${platform} of ${entry.descriptor.digest}, its config says ${said}`,
    platform,
    found: said,
    expected: platform,
    hint: `Build it again for ${platform}`,
  };
}

function error(message: string): Finding {
  return { rule: 'platforms-agree', level: 'error', message };
}
