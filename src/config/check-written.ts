import { isOfThisMachine, platformKey } from './read-platform.ts';

/** A place in a written config: keys and positions from the root. */
export type ConfigPath = readonly (string | number)[];

/** What is wrong between values that are each right, and where. */
export interface Contradiction {
  readonly path: ConfigPath;
  readonly message: string;
}

interface WrittenPlatform {
  readonly platform: string;
  readonly optional?: boolean;
  readonly carryForward?: string;
}

/** What of an image is compared. */
interface ComparedImage {
  readonly platforms?: readonly (string | WrittenPlatform)[];
  readonly variants?: Readonly<
    Record<string, { readonly default?: boolean; readonly platforms?: readonly string[]; readonly suffix?: unknown }>
  >;
}

/** What of a config is compared. */
export interface ComparedConfig extends ComparedImage {
  readonly image?: string;
  readonly name?: string;
  readonly repositories?: readonly unknown[];
  readonly output?: unknown;
  readonly images?: Readonly<Record<string, ComparedImage>>;
  readonly builders?: readonly { readonly name: string }[];
}

const usualPlatforms = ['linux/amd64', 'linux/arm64'];

/** Everything in a config that contradicts something else in it. */
export function findContradictions(config: ComparedConfig): readonly Contradiction[] {
  const images = Object.entries(config.images ?? {});
  return [
    ...rootContradictions(config),
    ...imageContradictions(config, [], config.platforms),
    ...images.flatMap(([name, image]) =>
      imageContradictions(image, ['images', name], image.platforms ?? config.platforms),
    ),
    ...repeated((config.builders ?? []).map(({ name }) => name)).map(({ position, value, first }) => ({
      path: ['builders', position, 'name'],
      message: `the builder "${value}" stands here twice, as entries ${first + 1} and ${position + 1}`,
    })),
  ];
}

function rootContradictions(config: ComparedConfig): readonly Contradiction[] {
  if (config.images === undefined) return [];
  if (Object.keys(config.images).length === 0) {
    return [{ path: ['images'], message: 'it names no image, expected at least one' }];
  }
  const ofOneImage = ['image', 'name', 'repositories', 'variants', 'output'] as const;
  return ofOneImage
    .filter((name) => config[name] !== undefined)
    .map((name) => ({
      path: [name],
      message: `"${name}" belongs to one image, expected it below that image in "images"`,
    }));
}

function imageContradictions(
  image: ComparedImage,
  path: ConfigPath,
  effective: ComparedImage['platforms'],
): readonly Contradiction[] {
  return [
    ...platformContradictions(image.platforms ?? [], [...path, 'platforms']),
    ...variantContradictions(image.variants ?? {}, [...path, 'variants'], (effective ?? usualPlatforms).map(textOf)),
  ];
}

function platformContradictions(
  platforms: readonly (string | WrittenPlatform)[],
  path: ConfigPath,
): readonly Contradiction[] {
  const twice = repeated(platforms.map((entry) => platformKey(textOf(entry)))).map(({ position, value, first }) => {
    const here = textOf(platforms[position] ?? '');
    const there = textOf(platforms[first] ?? '');
    const same = here === there ? '' : `, written "${there}" and "${here}"`;
    return {
      path: [...path, position],
      message: `the platform "${value}" stands here twice, as entries ${first + 1} and ${position + 1}${same}`,
    };
  });
  const required = platforms.flatMap((entry, position) =>
    typeof entry === 'object' && entry.carryForward !== undefined && entry.optional !== true
      ? [
          {
            path: [...path, position, 'carryForward'],
            message: '"carryForward" has no meaning without "optional: true"',
          },
        ]
      : [],
  );
  return [...twice, ...required];
}

function variantContradictions(
  variants: NonNullable<ComparedImage['variants']>,
  path: ConfigPath,
  platforms: readonly string[],
): readonly Contradiction[] {
  const entries = Object.entries(variants);
  const defaults = entries.filter(([, variant]) => variant.default === true).map(([name]) => name);
  const second = defaults.slice(1).map((name) => ({
    path: [...path, name, 'default'],
    message: `"${defaults[0] ?? ''}" and "${name}" are both the default variant, expected at most one`,
  }));
  const foreign = entries.flatMap(([name, variant]) =>
    foreignPlatforms(variant.platforms ?? [], platforms).map(({ position, message }) => ({
      path: [...path, name, 'platforms', position],
      message,
    })),
  );
  return [...second, ...foreign];
}

/** Nothing can be said of a platform that depends on the machine. */
function foreignPlatforms(written: readonly string[], known: readonly string[]) {
  if (known.some(isOfThisMachine)) return [];
  const keys = known.map(platformKey);
  return written.flatMap((text, position) =>
    isOfThisMachine(text) || keys.includes(platformKey(text))
      ? []
      : [{ position, message: `"${text}" is no platform of its image, expected one of ${keys.join(', ')}` }],
  );
}

function textOf(entry: string | WrittenPlatform): string {
  return typeof entry === 'string' ? entry : entry.platform;
}

function repeated(values: readonly string[]) {
  return values.flatMap((value, position) => {
    const first = values.indexOf(value);
    return first === position ? [] : [{ value, position, first }];
  });
}
