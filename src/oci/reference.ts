import { Fault } from '../errors/fault.ts';
import { type Digest, isDigest } from './digest.ts';

/** Where an image lies: a registry, a repository in it, and what is meant there. Docker Hub's short names are written out. */
export interface Reference {
  /** Host and port, for example `docker.io`, `ghcr.io`, `localhost:5000`, `[::1]:5000`. */
  readonly registry: string;
  /** Without the registry, for example `library/ubuntu`. */
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

const dockerHub = 'docker.io';
const officialPrefix = 'library/';
const longestText = 2048;
const longestRepository = 255;

const component = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const hostLabel = '[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?';
const repositoryPattern = new RegExp(`^${component}(?:/${component})*$`);
const registryPattern = new RegExp(`^(?:${hostLabel}(?:\\.${hostLabel})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?$`);

/**
 * Reads a reference by the rules of Docker: `ubuntu` is `docker.io/library/ubuntu`, a first part with a dot, a colon
 * or a capital letter, or `localhost`, is a registry. No tag is added where none is written.
 * https://github.com/distribution/reference/blob/main/reference.go
 * @throws {Fault} REFERENCE_MALFORMED
 */
export function parseReference(text: string): Reference {
  if (text.length > longestText)
    throw malformed(`${text.slice(0, 64)}…`, `it is longer than ${longestText} characters`);
  if (text.includes('://')) throw malformed(text, 'it is a URL, expected no scheme in front of the registry');
  if (/^[a-f0-9]{64}$/.test(text)) throw malformed(text, '64 hexadecimal digits are an image id');
  const { name, digest } = splitDigest(text);
  const { registry, remainder } = splitRegistry(name);
  const colon = remainder.indexOf(':');
  const repository = checkRepository(text, colon === -1 ? remainder : remainder.slice(0, colon));
  if (!registryPattern.test(registry)) throw malformed(text, `"${registry}" is no registry`);
  return {
    registry,
    repository,
    ...(colon === -1 ? {} : { tag: checkTag(text, remainder.slice(colon + 1)) }),
    ...(digest === undefined ? {} : { digest }),
  };
}

/** The whole form: `registry/repository[:tag][@digest]`. */
export function formatReference(reference: Reference): string {
  return `${reference.registry}/${reference.repository}${suffixOf(reference)}`;
}

/** The form that Docker shows: without `docker.io/` and `library/`. */
export function formatFamiliarReference(reference: Reference): string {
  if (reference.registry !== dockerHub) return formatReference(reference);
  const official = reference.repository.slice(officialPrefix.length);
  const isOfficial = reference.repository.startsWith(officialPrefix) && !official.includes('/');
  return `${isOfficial ? official : reference.repository}${suffixOf(reference)}`;
}

/** The same reference; with the tag `latest` where it has neither tag nor digest. */
export function withDefaultTag(reference: Reference): Reference {
  return reference.tag === undefined && reference.digest === undefined ? { ...reference, tag: 'latest' } : reference;
}

/** What a request for the reference names: its digest, else its tag, else `latest`. */
export function tagOrDigest(reference: Reference): string {
  return reference.digest ?? reference.tag ?? 'latest';
}

/** The host and port that answer the distribution API of a registry. */
export function registryHost(registry: string): string {
  return registry === dockerHub ? 'registry-1.docker.io' : registry;
}

/** Whether a text can be a tag. https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-manifests */
export function isTag(text: string): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/.test(text);
}

/** Whether a text can be the name of a repository within a registry. */
export function isRepository(text: string): boolean {
  return text.length <= longestRepository && repositoryPattern.test(text);
}

function suffixOf({ tag, digest }: Reference): string {
  return `${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}

function splitDigest(text: string): { readonly name: string; readonly digest?: Digest } {
  const at = text.indexOf('@');
  if (at === -1) return { name: text };
  const digest = text.slice(at + 1);
  if (!isDigest(digest)) throw malformed(text, `"${digest}" is no digest`);
  return { name: text.slice(0, at), digest };
}

function splitRegistry(name: string): { readonly registry: string; readonly remainder: string } {
  const slash = name.indexOf('/');
  const first = name.slice(0, slash);
  const isRegistry = slash !== -1 && (first === 'localhost' || /[.:A-Z]/.test(first));
  const written = isRegistry ? first : dockerHub;
  const registry = written === 'index.docker.io' ? dockerHub : written;
  const remainder = isRegistry ? name.slice(slash + 1) : name;
  const isOfficial = registry === dockerHub && !remainder.includes('/');
  return { registry, remainder: isOfficial ? officialPrefix + remainder : remainder };
}

function checkRepository(text: string, repository: string): string {
  if (repository.length > longestRepository) {
    throw malformed(text, `its repository has ${repository.length} characters, expected at most ${longestRepository}`);
  }
  if (repositoryPattern.test(repository)) return repository;
  if (repository === '' || repository === officialPrefix) throw malformed(text, 'it names no repository');
  const lower = repository.toLowerCase();
  if (repositoryPattern.test(lower)) {
    throw malformed(text, `its repository has capital letters, expected "${lower}"`);
  }
  throw malformed(text, `"${repository}" is no repository`);
}

function checkTag(text: string, tag: string): string {
  if (isTag(tag)) return tag;
  if (tag.length > 128) throw malformed(text, `its tag has ${tag.length} characters, expected at most 128`);
  throw malformed(text, `"${tag}" is no tag`);
}

function malformed(text: string, reason: string): Fault {
  return new Fault('REFERENCE_MALFORMED', `Cannot read the reference "${text}": ${reason}`, {
    where: { reference: text },
  });
}
