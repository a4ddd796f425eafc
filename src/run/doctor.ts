import type { Config } from '../config/config.ts';
import { askDocker } from '../engine/buildkit/builders/ask-docker.ts';
import { readEmulators } from '../engine/buildkit/builders/emulators.ts';
import { listBuilders, listContexts } from '../engine/buildkit/builders/list-builders.ts';
import { probeBuilder } from '../engine/buildkit/builders/probe-builder.ts';
import { hostPlatform } from '../engine/host-platform.ts';
import { type Fault, isFault } from '../errors/fault.ts';
import type { Host } from '../host/host.ts';
import { formatPlatform } from '../oci/platform.ts';
import { parseReference } from '../oci/reference.ts';
import { findBuildkitNeed } from '../plan/choose-engine.ts';
import { noEvent } from '../plan/event-facts.ts';
import { expandMatrix } from '../plan/expand-matrix.ts';
import { findCredentials } from '../registry/find-credentials.ts';
import type { DoctorBuilder, DoctorReport, DoctorRepository } from '../report/doctor-report.ts';
import { complaintsOf } from './doctor-complaints.ts';
import { factsOf, gatherBuilders } from './gather/gather-builders.ts';
import { readDockerfiles } from './gather/gather-facts.ts';
import { type ConfigRequest, loadConfig } from './gather/load-config.ts';

/** What was found of docker before any builder was asked. */
interface Programs extends Pick<DoctorReport, 'docker' | 'buildx' | 'contexts'> {
  /** Why docker or buildx cannot be used at all. */
  readonly fault?: Fault;
}

/**
 * Looks at all that a build of a project stands on: programs, contexts, builders, emulators, logins. What is wrong is in
 * the complaints of the report.
 *
 * @throws {Fault} what is wrong with the config; INTERRUPTED
 */
export async function doctor(request: ConfigRequest, host: Host): Promise<DoctorReport> {
  const { config, root } = await loadConfig(request, host, hostPlatform());
  const [programs, need, emulators, repositories] = await Promise.all([
    lookAtPrograms(host),
    findNeed(config, root),
    readEmulators(),
    lookAtLogins(config, host),
  ]);
  const builders = programs.fault === undefined ? await lookAtBuilders(config, host) : [];
  const { fault, ...found } = programs;
  const report = {
    version: 1,
    kind: 'polyarch/doctor',
    node: process.versions.node,
    ...found,
    ...(need === undefined ? {} : { need }),
    builders,
    emulators,
    repositories,
  } as const;
  return { ...report, complaints: complaintsOf(report, fault) };
}

async function lookAtPrograms(host: Host): Promise<Programs> {
  let docker: string | undefined;
  try {
    docker = versionIn(await askDocker(['--version'], { host, what: 'docker' }));
    const [buildx, contexts] = await Promise.all([
      askDocker(['buildx', 'version'], { host, what: 'buildx' }),
      listContexts(host),
    ]);
    return { docker, buildx: versionIn(buildx), contexts };
  } catch (fault) {
    if (!isFault(fault) || fault.code === 'INTERRUPTED') throw fault;
    return { ...(docker === undefined ? {} : { docker }), contexts: [], fault };
  }
}

/** `Docker version 28.5.2, build x` and `github.com/docker/buildx v0.29.1 x` */
function versionIn(text: string): string {
  return /\bv?(\d+\.\d+[^\s,]*)/.exec(text)?.[1] ?? text.trim();
}

/** A folder without a Dockerfile can be looked at as well. */
async function findNeed(config: Config, root: string): Promise<string | undefined> {
  try {
    const facts = { root, preparedContexts: {}, event: noEvent, hostPlatform: formatPlatform(hostPlatform()) };
    const dockerfiles = await readDockerfiles(config, root);
    const drafts = config.images.flatMap((image) => expandMatrix(image, facts));
    return findBuildkitNeed(drafts, { ...facts, dockerfiles });
  } catch (error) {
    if (isFault(error, 'DOCKERFILE_MISSING')) return undefined;
    throw error;
  }
}

/** Those that a run would use are told first. */
async function lookAtBuilders(config: Config, host: Host): Promise<readonly DoctorBuilder[]> {
  const [used, listed] = await Promise.all([gatherBuilders(config, { host, makes: false }), namesOfBuilders(host)]);
  const others = listed.filter((name) => used.every((builder) => builder.name !== name));
  const found = await Promise.all(others.map(async (name) => factsOf(await probeBuilder(name, host), host)));
  return [
    ...used.map((builder) => ({ ...builder, isUsed: true })),
    ...found.map((builder) => ({ ...builder, isUsed: false })),
  ];
}

async function namesOfBuilders(host: Host): Promise<readonly string[]> {
  try {
    return (await listBuilders(host)).map(({ name }) => name);
  } catch (error) {
    if (!isFault(error) || error.code === 'INTERRUPTED') throw error;
    // The builders that are used say by themselves what is wrong.
    return [];
  }
}

async function lookAtLogins({ images }: Config, host: Host): Promise<readonly DoctorRepository[]> {
  const names = images.flatMap(({ repositories, references }) => [
    ...repositories.map(({ name }) => name),
    ...references,
  ]);
  return Promise.all([...new Set(names)].map((name) => lookAtLogin(name, host)));
}

async function lookAtLogin(name: string, host: Host): Promise<DoctorRepository> {
  const { registry, repository } = parseReference(name);
  const { credentials, place } = await findCredentials(host, registry, repository);
  return { repository: name, ...(credentials === undefined || place === undefined ? {} : { login: place }) };
}
