import { stringify } from 'yaml';
import { isFault } from '../../errors/fault.ts';
import { formatPlatform, parsePlatform } from '../../oci/platform.ts';
import type { BuildHint } from './project-files.ts';
import { type ConfigProposal, type ProposedImage, type ProposedVariant, usualPlatforms } from './propose-config.ts';

/** One key of the config with the reason for its value. */
interface Entry {
  readonly key: string;
  readonly value: unknown;
  /** Lines that stand above it. */
  readonly why: readonly string[];
}

const head = [
  '# yaml-language-server: $schema=./node_modules/polyarch/schema/polyarch.schema.json',
  '# Written by `polyarch init` from what it found; change what you like.',
  '# `polyarch plan` shows what it does, docs/config.md tells every key.',
];

/** The text of a polyarch.yaml, each value with the reason for it above. Equal proposals give equal text. */
export function formatProposal(proposal: ConfigProposal): string {
  const { images, notes } = proposal;
  const [only] = images;
  const body =
    images.length === 1 && only !== undefined
      ? entriesOf(only, proposal).map((entry) => formatEntry(entry, ''))
      : [
          'images:',
          ...images.flatMap((image) => [
            `  ${image.name}:`,
            ...entriesOf(image, proposal).map((entry) => formatEntry(entry, '    ')),
          ]),
        ];
  const runners = runnersEntry(proposal);
  const left = notes.length === 0 ? [] : ['', ...notes.map((note) => `# ${note}`)];
  return `${[...head, '', ...body, ...(runners === undefined ? [] : [formatEntry(runners, '')]), ...left].join('\n')}\n`;
}

function formatEntry({ key, value, why }: Entry, indent: string): string {
  const comments = why.map((line) => `# ${line}`);
  const lines =
    value === undefined
      ? []
      : stringify({ [key]: value }, { lineWidth: 0 })
          .trimEnd()
          .split('\n');
  return [...comments, ...lines].map((line) => `${indent}${line}`).join('\n');
}

function entriesOf(image: ProposedImage, proposal: ConfigProposal): readonly Entry[] {
  const repositories = repositoriesEntry(image, proposal);
  const isPublished = repositories.value !== undefined;
  return [
    repositories,
    ...placeEntries(image),
    platformsEntry(image),
    ...argEntries(image),
    ...variantEntries(image.variants),
    ...secretEntries(image),
    ...(isPublished ? [...cacheEntries(image), tagsEntry(image)] : []),
  ];
}

function repositoriesEntry({ hints, name }: ProposedImage, { remote, images }: ConfigProposal): Entry {
  const told = hints.find(({ repositories }) => repositories !== undefined);
  const isOnly = images.length === 1;
  if (told?.repositories !== undefined) return repositoriesKey(told.repositories, `from ${told.origin}`, isOnly);
  if (remote?.repository !== undefined) {
    const repository = isOnly ? remote.repository : `${remote.repository}/${name}`;
    return repositoriesKey([repository], `the registry that belongs to git's remote at ${remote.host}`, isOnly);
  }
  const example = isOnly ? `image: ghcr.io/OWNER/${name}` : `repositories: [ghcr.io/OWNER/${name}]`;
  return {
    key: 'image',
    value: undefined,
    why: ['Nothing told where it is published; to push, say it here:', example],
  };
}

/** `image` is short for one repository, but only at the root. */
function repositoriesKey(repositories: readonly string[], why: string, isOnly: boolean): Entry {
  const [first] = repositories;
  return repositories.length === 1 && isOnly
    ? { key: 'image', value: first, why: [`Where it is published: ${why}`] }
    : { key: 'repositories', value: repositories, why: [`Where it is published, the first is primary: ${why}`] };
}

function placeEntries({ context, isContextGuessed, dockerfile, hints, variants }: ProposedImage): readonly Entry[] {
  const guess = isContextGuessed
    ? [`Nothing names the context of ${dockerfile}: by what it copies it is this one`]
    : [];
  const usual = context === '.' ? 'Dockerfile' : `${context}/Dockerfile`;
  const target = variants.length === 0 ? hints.find((hint) => hint.target !== undefined) : undefined;
  return [
    ...(context === '.' && !isContextGuessed ? [] : [{ key: 'context', value: context, why: guess }]),
    ...(dockerfile === usual ? [] : [{ key: 'dockerfile', value: dockerfile, why: [] }]),
    ...(target === undefined ? [] : [{ key: 'target', value: target.target, why: [`from ${target.origin}`] }]),
  ];
}

function platformsEntry({ hints, needs, dockerfile }: ProposedImage): Entry {
  const told = hints.find((hint) => platformsOf(hint).length > 0);
  const platforms = told === undefined ? usualPlatforms : platformsOf(told);
  const origin = told === undefined ? 'The two that most servers and laptops have' : `from ${told.origin}`;
  const routes = {
    runs: `Line ${needs.line ?? 0} of ${dockerfile} runs a command for each platform: natively where \`builders\` or CI runners have it, else emulated`,
    cross: `${dockerfile} runs commands on the build platform alone: every platform is cross-compiled, none emulated`,
    copies: `${dockerfile} runs nothing: every platform is assembled without a daemon and without emulation`,
    unreadable: `${dockerfile} could not be read; \`polyarch plan\` says why`,
  };
  return { key: 'platforms', value: platforms, why: [origin, routes[needs.kind]] };
}

function platformsOf({ platforms = [] }: BuildHint): readonly string[] {
  return [...new Set(platforms.flatMap((text) => normalised(text) ?? []))];
}

function normalised(text: string): string | undefined {
  try {
    return formatPlatform(parsePlatform(text));
  } catch (error) {
    if (!isFault(error)) throw error;
    return undefined;
  }
}

function argEntries({ hints, needs, variants }: ProposedImage): readonly Entry[] {
  const told = variants.length > 0 ? undefined : hints.find(({ args = {} }) => Object.keys(args).length > 0);
  const given = new Set([...Object.keys(told?.args ?? {}), ...variants.flatMap(({ args }) => Object.keys(args))]);
  const needed = needs.neededArgs.filter((name) => !given.has(name));
  const args = { ...Object.fromEntries(needed.map((name) => [name, 'scratch'])), ...told?.args };
  if (Object.keys(args).length === 0) return [];
  return [
    {
      key: 'args',
      value: args,
      why: [
        ...(told === undefined ? [] : [`from ${told.origin}`]),
        ...needed.map((name) => `A FROM needs ${name}, which has no default: put the base image here`),
      ],
    },
  ];
}

function variantEntries(variants: readonly ProposedVariant[]): readonly Entry[] {
  if (variants.length === 0) return [];
  const value = Object.fromEntries(
    variants.map(({ name, isDefault, dockerfile, target, args }) => [
      name,
      {
        ...(isDefault ? { default: true } : {}),
        ...(dockerfile === undefined ? {} : { dockerfile }),
        ...(target === undefined ? {} : { target }),
        ...(Object.keys(args).length === 0 ? {} : { args }),
      },
    ]),
  );
  return [{ key: 'variants', value, why: ['Each gets its tags with `-NAME` behind them; the default also without'] }];
}

function secretEntries({ needs }: ProposedImage): readonly Entry[] {
  const secrets = needs.secrets.map((id) => ({ id, env: id.toUpperCase().replace(/[^A-Z0-9]+/g, '_') }));
  return [
    ...(secrets.length === 0
      ? []
      : [
          {
            key: 'secrets',
            value: secrets,
            why: ['RUN mounts these; each is read from the variable of the environment'],
          },
        ]),
    ...(needs.usesSsh ? [{ key: 'ssh', value: ['default'], why: ['RUN mounts an ssh agent'] }] : []),
  ];
}

function cacheEntries({ hints, needs }: ProposedImage): readonly Entry[] {
  const told = hints.find(({ cache }) => cache !== undefined);
  if (told !== undefined) return [{ key: 'cache', value: told.cache, why: [`from ${told.origin}`] }];
  return needs.kind === 'copies'
    ? []
    : [{ key: 'cache', value: 'registry', why: ['One cache for each platform, beside the image'] }];
}

function tagsEntry({ hints }: ProposedImage): Entry {
  const told = hints.find(({ tagRules = [] }) => tagRules.length > 0);
  if (told !== undefined) return { key: 'tags', value: told.tagRules, why: [`The same rules, from ${told.origin}`] };
  return {
    key: 'tags',
    value: [
      'type=semver,pattern={{version}}',
      'type=semver,pattern={{major}}.{{minor}}',
      'type=ref,event=branch',
      'type=ref,event=pr',
    ],
    why: [
      'Rules of docker/metadata-action: v1.2.3 gives 1.2.3, 1.2 and latest; a branch its name; a pull request pr-N',
    ],
  };
}

function runnersEntry({ runners }: ConfigProposal): Entry | undefined {
  if (runners === undefined) return undefined;
  const { provider, runners: labels, origin } = runners;
  return {
    key: 'ci',
    value: { ...(provider === undefined ? {} : { provider }), runners: labels },
    why: [`The runners that ${origin} uses; \`polyarch ci github\` writes the pipeline`],
  };
}
