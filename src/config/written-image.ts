import * as v from 'valibot';
import { parseOutput } from './parse-output.ts';
import { emulation, platformEntry } from './written-platform.ts';
import { repositoryEntry } from './written-repository.ts';
import { secretEntry } from './written-secret.ts';
import { testEntry } from './written-test.ts';
import { duration, key, lines, parsedBy, someText, textMap } from './written-value.ts';
import { variantMap } from './written-variant.ts';

const level = v.pipe(
  v.number(),
  v.integer('expected a whole number'),
  v.minValue(1, 'expected at least 1'),
  v.maxValue(22, 'expected at most 22'),
);

const compressionType = v.picklist(['gzip', 'zstd']);

const compression = v.union([
  compressionType,
  v.pipe(
    v.strictObject({
      type: key(compressionType, { description: '`gzip` or `zstd`.', default: '`gzip`', examples: ['zstd'] }),
      level: key(level, {
        description: 'gzip 1 to 9, zstd 1 to 22.',
        default: "the type's usual one",
        examples: [9],
      }),
      reproducible: key(v.boolean(), {
        description: 'Bytes that are equal on every Node version and CPU, at half the speed.',
        default: '`false`',
        examples: [true],
      }),
    }),
    v.check(
      ({ type, level: chosen }) => type === 'zstd' || (chosen ?? 1) <= 9,
      'its level is above 9, the highest that gzip has',
    ),
  ),
]);

const cacheType = v.picklist(['registry', 'gha', 'local', 's3', 'none']);

const cache = v.union([
  cacheType,
  v.strictObject({
    type: key(cacheType, { description: 'Where it lies.', default: '`none`', examples: ['s3'] }),
    options: key(textMap, {
      description: 'Options of BuildKit for this type.',
      default: 'none',
      examples: [{ bucket: 'cache', region: 'eu-central-1' }],
    }),
  }),
]);

const outputText = parsedBy((text) => {
  parseOutput(text);
});

const output = v.union([outputText, v.array(outputText)]);

const tagTypes = v.picklist(['schedule', 'semver', 'pep440', 'match', 'edge', 'ref', 'raw', 'sha']);

const attestation = v.union([v.boolean(), someText]);

const verify = v.strictObject({
  allowForeign: key(v.array(someText), {
    description: 'Globs of paths that may hold programs of another architecture; `*` for all.',
    default: 'none',
    examples: [['/opt/firmware/**']],
  }),
});

/** What is built, and for what. */
const buildEntries = {
  context: key(someText, { description: 'The build context, a folder.', default: '`.`', examples: ['app'] }),
  dockerfile: key(someText, {
    description: 'The Dockerfile, relative to the config.',
    default: '`Dockerfile` in the context',
    examples: ['docker/Dockerfile'],
  }),
  target: key(someText, { description: 'The stage to build.', default: 'the last one', examples: ['runtime'] }),
  prepare: key(someText, {
    description:
      'A shell command that is run once before any cell; the last line it prints may name the context folder.',
    default: 'none',
    examples: ['make bundle'],
  }),
  platforms: key(v.pipe(v.array(platformEntry), v.nonEmpty('expected at least one entry')), {
    description: 'The platforms, each a text or a mapping; in this order they stand in the index.',
    default: '`linux/amd64` and `linux/arm64`',
    examples: [['linux/amd64', 'linux/arm64']],
  }),
  emulation: key(emulation, {
    description: 'Whether platforms may be built by emulation: `allow`, `warn` (and tell what it costs) or `refuse`.',
    default: '`warn`',
    examples: ['refuse'],
  }),
  args: key(textMap, { description: 'Build arguments.', default: 'none', examples: [{ NODE_VERSION: '22' }] }),
  contexts: key(v.record(v.string(), someText), {
    description: 'Named contexts: a folder, `oci-layout://DIR[:TAG]`, `docker-image://REFERENCE` or `target:IMAGE`.',
    default: 'none',
    examples: [{ base: 'oci-layout://base' }],
  }),
  variants: key(variantMap, {
    description: 'Named sets of build arguments, target or base; each becomes an image with its own tags.',
    default: 'one without a name',
    examples: [{ slim: { args: { BASE: 'debian:12-slim' } } }],
  }),
  secrets: key(v.array(secretEntry), {
    description: 'Secrets that RUN may mount, each a mapping or as `--secret` has it.',
    default: 'none',
    examples: [[{ id: 'npm', env: 'NPM_TOKEN' }]],
  }),
  ssh: key(v.array(someText), {
    description: 'Agents or keys that RUN may mount, as `--ssh` has them.',
    default: 'none',
    examples: [['default']],
  }),
  network: key(v.picklist(['default', 'none', 'host']), {
    reserved: true,
    description: 'The network of RUN.',
    default: '`default`',
    examples: ['none'],
  }),
  extraHosts: key(v.record(v.string(), someText), {
    reserved: true,
    description: 'Addresses of host names in RUN.',
    default: 'none',
    examples: [{ 'db.local': '10.0.0.7' }],
  }),
  pull: key(v.boolean(), {
    description: 'Look base images up again even where an earlier answer is kept.',
    default: '`false`',
    examples: [true],
  }),
  noCache: key(v.boolean(), { description: 'Use nothing of earlier builds.', default: '`false`', examples: [true] }),
  cache: key(cache, {
    description:
      'Where the build cache of BuildKit is shared, one place for each image, variant and platform; pull requests read it only.',
    default: '`none`',
    examples: ['registry'],
  }),
  timeout: key(duration, {
    description: 'How long one attempt at a cell may take, with BuildKit.',
    default: 'no limit',
    examples: ['45m'],
  }),
  retries: key(v.pipe(v.number(), v.integer('expected a whole number'), v.minValue(0, 'expected at least 0')), {
    description: 'How often a cell is tried again after a fault that may pass, with BuildKit.',
    default: '`3`',
    examples: [5],
  }),
};

/** What the result holds, and where it goes. */
const resultEntries = {
  repositories: key(v.pipe(v.array(repositoryEntry), v.nonEmpty('expected at least one entry')), {
    description: 'Where it is published, each a text or a mapping; the first is primary.',
    default: 'nowhere',
    examples: [['ghcr.io/acme/app']],
  }),
  tags: key(lines, {
    description: 'Tag rules, in the language of docker/metadata-action: a list, or a block of text.',
    default: '`latest`; in CI, where there are repositories, the usual rules of docker/metadata-action',
    examples: [['type=semver,pattern={{version}}', 'type=ref,event=branch']],
  }),
  flavor: key(lines, {
    description: 'What holds for all tag rules, in the same language.',
    default: '`latest=auto`',
    examples: [['latest=auto', 'prefix=v']],
  }),
  architectureTags: key(v.boolean(), {
    description: 'Also publish one tag per architecture, for example `1.2-amd64`, of every tag but `latest`.',
    default: '`false`',
    examples: [true],
  }),
  immutable: key(v.array(tagTypes), {
    description: 'Types of tag rules whose tags are never moved; of versions the whole ones: `1.2.3`, but not `1.2`.',
    default: 'none',
    examples: [['semver']],
  }),
  strict: key(v.boolean(), {
    description: 'What is a warning about a tag rule becomes a fault.',
    default: '`false`',
    examples: [true],
  }),
  labels: key(textMap, {
    description: 'Labels of the image config.',
    default: 'none',
    examples: [{ 'org.opencontainers.image.title': 'app' }],
  }),
  annotations: key(textMap, {
    description: 'Annotations; a key may begin with a level: `index:`, `manifest:` or `manifest-descriptor:`.',
    default: 'none',
    examples: [{ 'index:org.opencontainers.image.description': 'The app' }],
  }),
  compression: key(compression, {
    description: 'How layers are compressed, a type or a mapping.',
    default: '`gzip`',
    examples: ['zstd'],
  }),
  output: key(output, {
    description:
      'Where it is written on disk: `oci:DIR`, `oci-archive:FILE` or `docker-archive:FILE`, or a list of them.',
    default: '`oci:.polyarch/NAME` where nothing is pushed or loaded',
    examples: ['oci-archive:dist/app.tar'],
  }),
  provenance: key(attestation, {
    reserved: true,
    description: "Attach provenance: `true`, `false`, or BuildKit's options.",
    default: "the builder's usual",
    examples: ['mode=max'],
  }),
  sbom: key(attestation, {
    reserved: true,
    description: "Attach a bill of materials: `true`, `false`, or BuildKit's options.",
    default: '`false`',
    examples: [true],
  }),
  tests: key(v.array(testEntry), {
    reserved: true,
    description: 'Smoke tests that every platform must pass before a tag moves.',
    default: 'none',
    examples: [[{ run: ['node', '--version'], stdout: '/^v22\\./' }]],
  }),
  verify: key(verify, {
    description: 'Settings of the proofs.',
    default: 'all proofs, no exceptions',
    examples: [{ allowForeign: ['/opt/firmware/**'] }],
  }),
};

/** Every key of one image. */
export const imageEntries = { ...buildEntries, ...resultEntries };
