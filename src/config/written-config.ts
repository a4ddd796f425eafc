import * as v from 'valibot';
import { type ConfigPath, findContradictions } from './check-written.ts';
import { builderEntry } from './written-builder.ts';
import { ciEntry } from './written-ci.ts';
import { imageEntries } from './written-image.ts';
import { repositoryText } from './written-repository.ts';
import { key } from './written-value.ts';
import { plainName } from './written-variant.ts';

const writtenImageSchema = v.strictObject(imageEntries);

/**
 * What a user may write in polyarch.yaml: the keys of one image at the root, or `images` with the keys at the root as
 * the defaults of all of them. Keys that begin with `x-` are the user's own and are taken out before.
 */
export const writtenConfigSchema = v.pipe(
  v.strictObject({
    image: key(repositoryText, {
      description: 'The primary repository of the only image; short for `repositories` with this one first.',
      default: 'nowhere',
      examples: ['ghcr.io/acme/app'],
    }),
    name: key(plainName, {
      description: 'What the only image is called in plans, reports and file names.',
      default: 'the last part of its primary repository, else the folder',
      examples: ['app'],
    }),
    ...imageEntries,
    images: key(v.record(plainName, writtenImageSchema), {
      description:
        'Several images by name; what stands beside it at the root holds for each that does not say otherwise.',
      default: 'one image, described at the root',
      examples: [{ app: { repositories: ['ghcr.io/acme/app'] }, worker: { target: 'worker' } }],
    }),
    builders: key(v.array(builderEntry), {
      description: 'The places that build cells.',
      default: 'the embedded engine, and the builders of Docker that can be reached',
      examples: [[{ name: 'graviton', context: 'arm-server', platforms: ['linux/arm64'] }]],
    }),
    ci: key(ciEntry, {
      description: 'What `polyarch ci` writes.',
      default: "the provider's usual",
      examples: [{ runners: { 'linux/arm64': 'ubuntu-24.04-arm' } }],
    }),
  }),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed || dataset.issues !== undefined) return;
    for (const { path, message } of findContradictions(dataset.value)) addIssue({ message, path: issuePath(path) });
  }),
);

export type WrittenConfig = v.InferOutput<typeof writtenConfigSchema>;
export type WrittenImage = v.InferOutput<typeof writtenImageSchema>;

function issuePath(path: ConfigPath): [v.IssuePathItem, ...v.IssuePathItem[]] {
  const [first = '', ...rest] = path;
  return [pathItem(first), ...rest.map(pathItem)];
}

function pathItem(name: string | number): v.IssuePathItem {
  return { type: 'unknown', origin: 'value', input: undefined, key: name, value: undefined };
}
