import * as v from 'valibot';
import { readRepository } from './read-repository.ts';
import { key, parsedBy, requiredKey } from './written-value.ts';

export const repositoryText = parsedBy(readRepository);

export const condition = v.pipe(
  v.string(),
  v.regex(/^env\.[A-Za-z_][A-Za-z0-9_]*$/, 'it is no condition, expected for example "env.DOCKERHUB_USERNAME"'),
);

export const repositoryEntry = v.union([
  repositoryText,
  v.strictObject({
    name: requiredKey(repositoryText, {
      description: 'The repository, without a tag.',
      examples: ['docker.io/acme/app'],
    }),
    when: key(condition, {
      description: '`env.NAME`: left out, and said so, where that variable is unset or empty.',
      default: 'always used',
      examples: ['env.DOCKERHUB_USERNAME'],
    }),
    required: key(v.boolean(), {
      description: 'Whether its failure fails the release. A mirror may be `false`.',
      default: '`true`',
      examples: [false],
    }),
    public: key(v.boolean(), {
      description:
        'Strangers must be able to pull it; this is tried before building, where it holds images, and after publishing.',
      default: '`false`',
      examples: [true],
    }),
    insecure: key(v.boolean(), {
      description: 'Reach the registry by plain HTTP, or with a certificate that nobody vouches for.',
      default: '`false`, but for this machine',
      examples: [true],
    }),
  }),
]);
