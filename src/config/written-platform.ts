import * as v from 'valibot';
import type { Platform } from '../oci/platform.ts';
import { readPlatform } from './read-platform.ts';
import { duration, key, parsedBy, requiredKey, textMap } from './written-value.ts';

const sample: Platform = { os: 'linux', architecture: 'amd64' };

export const platformText = parsedBy((text) => readPlatform(text, sample));

export const emulation = v.picklist(['allow', 'warn', 'refuse']);

export const platformEntry = v.union([
  platformText,
  v.strictObject({
    platform: requiredKey(platformText, {
      description: 'The platform, `os/architecture[/variant]`; the names that `uname -m` prints are understood.',
      examples: ['linux/arm/v7'],
    }),
    optional: key(v.boolean(), {
      description: 'May fail without failing the release.',
      default: '`false`',
      examples: [true],
    }),
    carryForward: key(duration, {
      description:
        'Where this platform fails, the last good one stands in, if it is at most this old. Needs `optional`.',
      default: 'never',
      examples: ['30d'],
    }),
    args: key(textMap, {
      description: 'Build arguments of this platform alone; they win over those of the image and the variant.',
      default: 'none',
      examples: [{ GOARM: '7' }],
    }),
    emulation: key(emulation, {
      description: 'Whether it may be built by emulation: `allow`, `warn` (and tell what it costs) or `refuse`.',
      default: "the image's",
      examples: ['refuse'],
    }),
  }),
]);
