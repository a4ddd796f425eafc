import { readFile } from 'node:fs/promises';
import type { WrittenEvent } from '../../ci/context/simulate-event.ts';
import type { Config } from '../../config/config.ts';
import type { Host } from '../../host/host.ts';
import { formatPlatform, type Platform } from '../../oci/platform.ts';
import type { Facts } from '../../plan/facts.ts';
import { pathBelow } from '../../plan/path-below.ts';
import { makeRunId } from '../journal/run-journal.ts';
import { type EngineRequest, gatherEngine } from './gather-engine.ts';
import { gatherEvent } from './gather-event.ts';
import { gatherTags, hasRules } from './gather-tags.ts';
import { missingDockerfile } from './missing-dockerfile.ts';

export interface GatherOptions extends EngineRequest {
  readonly host: Host;
  readonly root: string;
  readonly platform: Platform;
  readonly preparedContexts: Readonly<Record<string, string>>;
  /** Whether the result is to be pushed: then where it comes from is worth asking git. */
  readonly push: boolean;
  /** What happened as the user says it. Default: what really happened. */
  readonly simulated?: WrittenEvent | undefined;
}

/** Reads everything that the plan depends on. @throws {Fault} DOCKERFILE_MISSING */
export async function gatherFacts(config: Config, options: GatherOptions): Promise<Facts> {
  const { host, root, platform, preparedContexts, push, simulated } = options;
  const now = host.clock.now().toISOString();
  const asksGit = push || simulated !== undefined || config.images.some(hasRules);
  const event = await gatherEvent({ host, root, asksGit, simulated });
  const facts = {
    now,
    runId: makeRunId(host),
    root,
    hostPlatform: formatPlatform(platform),
    dockerfiles: await readDockerfiles(config, root),
    preparedContexts,
    conditions: readConditions(config, host),
    event,
  };
  const [tags, engine] = await Promise.all([
    gatherTags(config, { host, event, now }),
    gatherEngine(config, facts, options),
  ]);
  return { ...facts, tags, ...engine };
}

/** The text of every Dockerfile that a config names, by absolute path. @throws {Fault} DOCKERFILE_MISSING */
export async function readDockerfiles(config: Config, root: string): Promise<Readonly<Record<string, string>>> {
  const names = config.images.flatMap((image) =>
    image.variants.map((variant) => variant.dockerfile ?? image.dockerfile),
  );
  const texts: Record<string, string> = {};
  for (const name of new Set(names)) texts[pathBelow(root, name)] = await readDockerfile(root, name);
  return texts;
}

async function readDockerfile(root: string, name: string): Promise<string> {
  try {
    return await readFile(pathBelow(root, name), 'utf8');
  } catch (cause) {
    throw await missingDockerfile(pathBelow(root, name), { root, cause });
  }
}

function readConditions(config: Config, { env }: Host): Readonly<Record<string, boolean>> {
  const conditions = config.images.flatMap(({ repositories }) => repositories.flatMap(({ when }) => when ?? []));
  return Object.fromEntries(conditions.map((when) => [when, (env[when.replace(/^env\./, '')] ?? '') !== '']));
}
