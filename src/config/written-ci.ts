import * as v from 'valibot';
import { platformText } from './written-platform.ts';
import { duration, key, plainText, someText } from './written-value.ts';

const runner = v.union([someText, v.array(someText)]);

const pullRequest = v.strictObject({
  platforms: key(v.pipe(v.array(platformText), v.nonEmpty('expected at least one entry')), {
    description: 'The platforms that a pull request builds.',
    default: 'all',
    examples: [['linux/amd64']],
  }),
  comment: key(v.boolean(), {
    description: 'Keep one comment up to date.',
    default: '`false`',
    examples: [true],
  }),
  description: key(v.boolean(), {
    description: 'Keep a section of the description up to date.',
    default: '`false`',
    examples: [true],
  }),
});

export const ciEntry = v.strictObject({
  provider: key(v.picklist(['hosted', 'blacksmith', 'self-hosted']), {
    description: 'Whose runners the usual labels are taken from.',
    default: '`hosted`',
    examples: ['blacksmith'],
  }),
  runners: key(v.record(platformText, runner), {
    description: 'Labels of the runners, by platform.',
    default: "the service's native runners",
    examples: [{ 'linux/arm64': 'ubuntu-24.04-arm' }],
  }),
  branches: key(v.array(someText), {
    description: 'The branches whose pushes are built.',
    default: '`main` and `master` on GitHub, the default branch elsewhere',
    examples: [['main']],
  }),
  schedule: key(someText, {
    description: 'A cron line, for updates of base images.',
    default: 'none',
    examples: ['0 4 * * 1'],
  }),
  paths: key(v.array(someText), {
    description: 'Changes to these paths also start a build.',
    default: 'what the Dockerfiles use',
    examples: [['lib/**']],
  }),
  timeout: key(duration, { description: 'How long one job may take.', default: '`60m`', examples: ['90m'] }),
  env: key(v.record(v.string(), plainText), {
    description: 'Variables of every job; `POLYARCH` is the package that runs, for example `polyarch@1.2.3`.',
    default: 'none',
    examples: [{ GOFLAGS: '-mod=mod' }],
  }),
  pullRequest: key(pullRequest, {
    description: 'What a pull request does.',
    default: 'builds all, says nothing',
    examples: [{ platforms: ['linux/amd64'], comment: true }],
  }),
});
