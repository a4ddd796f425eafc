import { join } from 'node:path/posix';
import type { ImageConfig } from '../config/config.ts';
import { formatReference, parseReference } from '../oci/reference.ts';
import type { Cell, CellCache } from './cell.ts';
import type { Delivery } from './choose-destinations.ts';
import type { Facts } from './facts.ts';

interface Circumstances {
  readonly facts: Facts;
  readonly delivery: Delivery;
}

type Attributes = Readonly<Record<string, string>>;

/** Where a cell's cache lies, as BuildKit's options of reading and of writing have it. */
interface Place {
  readonly from: Attributes;
  readonly to: Attributes;
}

/** Options of writing alone. https://docs.docker.com/build/cache/backends/ */
const writeOnly = ['mode', 'ignore-error', 'compression', 'compression-level', 'force-compression', 'oci-mediatypes'];

/**
 * The caches of a cell: one place for each image, variant and platform, so that no two cells overwrite each other's.
 * A pull request reads what the default branch wrote and writes nothing, and a cache in a registry is written only by a
 * run that pushes. A cache that cannot be written never fails a build. `undefined` where the cell has none.
 */
export function chooseCache(cell: Cell, image: ImageConfig, { facts, delivery }: Circumstances): CellCache | undefined {
  if (facts.engine.name === 'embedded') return undefined;
  const place = placeOf(cell, image, facts);
  if (place === undefined) return undefined;
  const options = Object.entries(image.cacheOptions);
  const readOptions = Object.fromEntries(options.filter(([key]) => !writeOnly.includes(key)));
  const from = written(image.cache, { ...place.from, ...readOptions });
  const to = written(image.cache, { ...place.to, mode: 'max', 'ignore-error': 'true', ...image.cacheOptions });
  return { from: [from], to: mayWrite(cell, image, { facts, delivery }) ? [to] : [] };
}

function placeOf(cell: Cell, image: ImageConfig, facts: Facts): Place | undefined {
  switch (image.cache) {
    case 'none':
      return undefined;
    case 'registry':
      return registryPlace(cell, image);
    case 'gha':
      return facts.event.provider === 'github' ? both({ scope: scopeOf(cell) }) : undefined;
    case 'local': {
      const folder = join(facts.root, '.polyarch', 'cache', scopeOf(cell));
      return { from: { src: folder }, to: { dest: folder } };
    }
    case 's3':
      return both({ name: scopeOf(cell) });
  }
}

/** Beside the image itself, under a tag that no release has. */
function registryPlace({ variant, platform }: Cell, { repositories, references }: ImageConfig): Place | undefined {
  const name = repositories[0]?.name ?? references[0];
  if (name === undefined) return undefined;
  const { registry, repository } = parseReference(name);
  const tag = ['buildcache', variant, platform.replace(/^linux\//, '')]
    .filter((part) => part !== '')
    .map(plain)
    .join('-');
  const ref = formatReference({ registry, repository, tag });
  return { from: { ref }, to: { ref, 'image-manifest': 'true', 'oci-mediatypes': 'true' } };
}

function both(attributes: Attributes): Place {
  return { from: attributes, to: attributes };
}

function scopeOf({ image, variant, platform }: Cell): string {
  return [image, variant, platform.replace(/^linux\//, '')]
    .filter((part) => part !== '')
    .map(plain)
    .join('-');
}

function plain(text: string): string {
  return text.replace(/[^A-Za-z0-9._-]+/g, '-');
}

function mayWrite(cell: Cell, { cache }: ImageConfig, { facts, delivery }: Circumstances): boolean {
  const { event, builders } = facts;
  const nodes = builders.find(({ name }) => name === cell.builder)?.nodes ?? [];
  if (nodes.some(({ canExportCache }) => canExportCache === false)) return false;
  if (event.pullRequest !== undefined || /^pull_request|^merge_request/.test(event.name)) return false;
  return cache !== 'registry' || delivery.push;
}

function written(type: string, attributes: Attributes): string {
  return Object.entries({ type, ...attributes })
    .map(([key, value]) => csvField(`${key}=${value}`))
    .join(',');
}

/** buildx reads the options as one record of CSV. */
function csvField(text: string): string {
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
