import { looksSecret } from '../../host/secret-names.ts';
import type { BuilderFacts } from '../../plan/builder-facts.ts';
import type { Cell, CellCache, Compression, Recipe, SecretSource } from '../../plan/cell.ts';

/** Where the result of a build goes. Paths are absolute. */
export type BuildOutput =
  /** Pushed by its digest; no tag moves. */
  | { readonly kind: 'push'; readonly repository: string }
  /** A folder that becomes an OCI layout. */
  | { readonly kind: 'layout'; readonly folder: string }
  /** A tar of an OCI layout. */
  | { readonly kind: 'archive'; readonly file: string };

/** What a build by buildx is made of besides its recipe. Paths are absolute. */
export interface BuildPlace {
  readonly builder: Pick<BuilderFacts, 'name' | 'driver' | 'context'>;
  /** What `--file` is given. */
  readonly dockerfile: string;
  /** Named contexts, none of them `target:`. */
  readonly contexts: Readonly<Record<string, string>>;
  readonly output: BuildOutput;
  readonly cache: CellCache;
  readonly progress: 'rawjson' | 'plain';
  /** Default: none is written. */
  readonly metadata?: string;
  /** Whether the build is given SOURCE_DATE_EPOCH. Default: false. */
  readonly hasEpoch?: boolean;
}

/**
 * The arguments of `docker` that build one cell. No value of a secret stands in them: of secrets and of build args whose names
 * look secret, only names do (`secretArgsOf` has the values).
 * https://docs.docker.com/reference/cli/docker/buildx/build/
 */
export function assembleBuildArgv(cell: Cell, place: BuildPlace): readonly string[] {
  const { recipe } = cell;
  const { builder, metadata } = place;
  // A builder of the docker driver is its Docker context, and buildx takes no other than the current one.
  const context = builder.driver === 'docker' && builder.context !== undefined ? ['--context', builder.context] : [];
  return [
    ...context,
    'buildx',
    'build',
    ...['--builder', builder.name],
    `--progress=${place.progress}`,
    ...['--platform', cell.platform],
    ...['--file', place.dockerfile],
    ...(recipe.target === undefined ? [] : ['--target', recipe.target]),
    ...Object.entries(recipe.args).flatMap(([name, value]) => [
      '--build-arg',
      isSecretArg(name) ? name : `${name}=${value}`,
    ]),
    ...each('--build-context', place.contexts),
    ...recipe.secrets.flatMap((secret) => ['--secret', formatSecret(secret)]),
    ...recipe.ssh.flatMap((entry) => ['--ssh', entry]),
    ...each('--label', recipe.labels),
    ...Object.entries(recipe.annotations).flatMap(([key, value]) => ['--annotation', `manifest:${key}=${value}`]),
    ...runFlags(recipe),
    ...place.cache.from.flatMap((entry) => ['--cache-from', entry]),
    ...place.cache.to.flatMap((entry) => ['--cache-to', tolerant(entry)]),
    ...(recipe.provenance === undefined ? [] : [`--provenance=${recipe.provenance}`]),
    ...(recipe.sbom === undefined ? [] : [`--sbom=${recipe.sbom}`]),
    ...(metadata === undefined ? [] : ['--metadata-file', metadata]),
    ...['--output', formatOutput(place.output, recipe.compression, place.hasEpoch ?? false)],
    recipe.context,
  ];
}

/** Build args whose names look secret, as environment of docker: buildx reads the value of `--build-arg NAME` there. */
export function secretArgsOf({ args }: Recipe): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(args).filter(([name]) => isSecretArg(name)));
}

/** What docker itself reads by such a name must stay as it is. */
function isSecretArg(name: string): boolean {
  return looksSecret(name) && !/^(?:DOCKER|BUILDX|BUILDKIT)_/.test(name);
}

function runFlags({ network, extraHosts = {}, noCache, pull }: Recipe): readonly string[] {
  return [
    ...(network === undefined || network === 'default' ? [] : ['--network', network]),
    ...Object.entries(extraHosts).flatMap(([name, address]) => ['--add-host', `${name}:${address}`]),
    ...(noCache ? ['--no-cache'] : []),
    ...(pull ? ['--pull'] : []),
  ];
}

function each(flag: string, values: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(values).flatMap(([name, value]) => [flag, `${name}=${value}`]);
}

function formatSecret({ id, env, file }: SecretSource): string {
  return formatFields([['id', id], file === undefined ? ['env', env ?? id] : ['src', file]]);
}

/** A cache that cannot be written must not fail a good build. */
function tolerant(entry: string): string {
  if (!entry.includes('=')) return `type=registry,ref=${entry},ignore-error=true`;
  return /(?:^|,)(?:type=inline(?:,|$)|ignore-error=)/.test(entry) ? entry : `${entry},ignore-error=true`;
}

function formatOutput(output: BuildOutput, compression: Compression, hasEpoch: boolean): string {
  const { type, level, reproducible } = compression;
  const shape: readonly (readonly [string, string])[] = [
    ['oci-mediatypes', 'true'],
    // The newer form names a subject, and GitLab refuses a manifest whose subject it does not hold yet.
    ['oci-artifact', 'false'],
    ['compression', type],
    ...(level === undefined ? [] : [['compression-level', String(level)] as const]),
    // Without it, what the builder has in gzip already stays so.
    ...(type === 'zstd' ? [['force-compression', 'true'] as const] : []),
    ...(reproducible === true && hasEpoch ? [['rewrite-timestamp', 'true'] as const] : []),
  ];
  if (output.kind === 'push') {
    const push = ['push-by-digest', 'name-canonical', 'push'].map((key) => [key, 'true'] as const);
    // Kept in the builder's own store, equal images of cells that end together are in each other's way.
    const isKept = ['store', 'false'] as const;
    return formatFields([['type', 'image'], ['name', output.repository], ...push, isKept, ...shape]);
  }
  const dest = output.kind === 'layout' ? output.folder : output.file;
  const form = output.kind === 'layout' ? [['tar', 'false'] as const] : [];
  return formatFields([['type', 'oci'], ...form, ['dest', dest], ...shape]);
}

/** buildx reads such values as one record of CSV. */
function formatFields(fields: readonly (readonly [string, string])[]): string {
  return fields
    .map(([key, value]) => `${key}=${value}`)
    .map((field) => (/[",\n\r]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field))
    .join(',');
}
