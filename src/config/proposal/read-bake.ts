import { join } from 'node:path/posix';
import type { BuildHint } from './project-files.ts';
import { repositoryOf } from './project-files.ts';
import { type HclBlock, type HclObject, type HclValue, readHcl } from './read-hcl.ts';

/**
 * The builds that a bake file describes, in HCL or JSON, with what they inherit.
 *
 * @see https://docs.docker.com/build/bake/reference/
 */
export function readBake(path: string, text: string): readonly BuildHint[] {
  const blocks = path.endsWith('.json') ? blocksOfJson(text) : readHcl(text);
  const targets = new Map(blocks.filter(({ type }) => type === 'target').map(({ label, body }) => [label, body]));
  const bases = new Set([...targets.values()].flatMap(({ inherits }) => textsOf(inherits)));
  return [...targets.keys()]
    .filter((name) => !bases.has(name))
    .map((name) => hintOf(path, name, inherited(name, targets, new Set())));
}

function blocksOfJson(text: string): readonly HclBlock[] {
  const document = parseJson(text);
  const { target: targets } = isObject(document) ? document : {};
  if (!isObject(targets)) return [];
  return Object.entries(targets).flatMap(([label, body]) => (isObject(body) ? [{ type: 'target', label, body }] : []));
}

function parseJson(text: string): HclValue {
  try {
    return JSON.parse(text) as HclValue;
  } catch {
    return undefined;
  }
}

/** A target over those that it inherits from; what stands later wins. */
function inherited(name: string, targets: ReadonlyMap<string, HclObject>, above: ReadonlySet<string>): HclObject {
  const own = targets.get(name);
  if (own === undefined || above.has(name)) return {};
  const { inherits } = own;
  const bases = textsOf(inherits).map((base) => inherited(base, targets, new Set([...above, name])));
  return Object.assign({}, ...bases, own) as HclObject;
}

function hintOf(path: string, name: string, body: HclObject): BuildHint {
  const { args, tags, platforms: written } = body;
  const context = textOf(body, 'context');
  const dockerfile = textOf(body, 'dockerfile');
  const target = textOf(body, 'target');
  const platforms = textsOf(written);
  const repositories = textsOf(tags).flatMap((tag) => repositoryOf(tag) ?? []);
  return {
    origin: `${path}, target "${name}"`,
    name,
    context: join('.', context ?? '.'),
    dockerfile: join(context ?? '.', dockerfile ?? 'Dockerfile'),
    ...(target === undefined ? {} : { target }),
    ...(platforms.length === 0 ? {} : { platforms }),
    ...(repositories.length === 0 ? {} : { repositories: [...new Set(repositories)] }),
    ...(isObject(args) ? { args: argsOf(args) } : {}),
  };
}

function argsOf(args: HclObject): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(args).flatMap(([key, value]) =>
      typeof value === 'string' || typeof value === 'number' ? [[key, String(value)]] : [],
    ),
  );
}

function isObject(value: HclValue): value is HclObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textOf(body: HclObject, key: string): string | undefined {
  const value = body[key];
  return typeof value === 'string' ? value : undefined;
}

function textsOf(value: HclValue): readonly string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}
