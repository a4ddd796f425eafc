import type { BuilderConfig } from '../../../config/config.ts';
import type { BuilderDriver, BuilderFacts } from '../../../plan/builder-facts.ts';

/** What builders that polyarch makes are called before their own name, so that none of the user's is touched. */
const prefix = 'polyarch-';

/** The names under which buildx may know a builder of the config, the user's own first. */
export function namesOf({ name, driver, context }: BuilderConfig): readonly string[] {
  // buildx has one builder of this driver for each Docker context, named as the context is.
  if (driver === 'docker') return [context ?? name];
  return [name, createdName(name)];
}

/** The name that polyarch gives to a builder that it makes. */
export function createdName(name: string): string {
  return name.startsWith(prefix) ? name : `${prefix}${name}`;
}

/** The driver that a builder is made with: what listens at a `tcp://` address is taken for a BuildKit. */
export function driverOf({ driver, endpoint }: Pick<BuilderConfig, 'driver' | 'endpoint'>): BuilderDriver {
  if (driver !== undefined) return driver;
  const isBuildkit = /^(?:tcp:\/\/|docker-container:\/\/|kube-pod:\/\/|unix:\/\/.*buildkitd?)/.test(endpoint ?? '');
  return isBuildkit ? 'remote' : 'docker-container';
}

/** Whether builders of a driver run on a Docker daemon, which can be asked before they are made. */
export function standsOnDaemon(driver: BuilderDriver): boolean {
  return driver === 'docker' || driver === 'docker-container';
}

/** Options that are flags of their own. */
const flags = ['buildkitd-config', 'buildkitd-flags'];

/** The arguments of docker that make a builder. */
export function createArgs({ name, driver, context, endpoint, options }: BuilderFacts): readonly string[] {
  const written = Object.entries(options);
  const place = endpoint ?? context;
  return [
    'buildx',
    'create',
    `--name=${name}`,
    `--driver=${driver}`,
    ...written.filter(([key]) => flags.includes(key)).map(([key, value]) => `--${key}=${value}`),
    ...written
      .filter(([key]) => !flags.includes(key))
      .map(([key, value]) => `--driver-opt=${csvField(`${key}=${value}`)}`),
    ...(place === undefined ? [] : [place]),
  ];
}

/** A field of one record of CSV, as buildx reads its options. */
function csvField(text: string): string {
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
