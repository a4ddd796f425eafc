import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { hostname } from 'node:os';
import type { Host } from '../../../host/host.ts';
import { askDocker } from './ask-docker.ts';
import { type DockerInfo, decodeDockerInfo } from './decode-docker-info.ts';
import { readEmulators } from './emulators.ts';

/** A Docker daemon, as it answered now. */
export interface DaemonFacts {
  readonly info: DockerInfo;
  /** How far its clock is ahead of ours; 0 where the difference is smaller than what asking took. */
  readonly clockSkewMs: number;
  /** Of the disk of its data; absent where that is on another machine. */
  readonly freeBytes?: number;
  /** 32-bit architectures that its CPU could run and an emulator does. */
  readonly emulatedArchitectures: ReadonlySet<string>;
}

/**
 * Asks the daemon behind a Docker context or an address.
 *
 * @throws {Fault} DOCKER_ANSWER_UNREADABLE, and what `askDocker` throws
 */
export async function askDaemon(endpoint: string, what: string, host: Host): Promise<DaemonFacts> {
  const startMs = host.clock.now().getTime();
  const text = await askDocker([...daemonFlags(endpoint), 'info', '--format', '{{json .}}'], { host, what });
  const endMs = host.clock.now().getTime();
  const info = decodeDockerInfo(text);
  const isHere = info.machine === hostname() && existsSync(info.dataRoot);
  return {
    info,
    clockSkewMs: skewOf(info.time.getTime(), startMs, endMs),
    ...(isHere ? { freeBytes: await freeBytesOf(info.dataRoot) } : {}),
    emulatedArchitectures: await emulatedBy(info, isHere),
  };
}

/** The global flags of docker that lead to a context or an address. */
export function daemonFlags(endpoint: string): readonly string[] {
  if (endpoint === '') return [];
  return endpoint.includes('://') ? ['--host', endpoint] : ['--context', endpoint];
}

/** The time was read somewhere between the start and the end of the question. */
function skewOf(timeMs: number, startMs: number, endMs: number): number {
  if (timeMs < startMs) return timeMs - startMs;
  return timeMs > endMs ? timeMs - endMs : 0;
}

async function freeBytesOf(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/** Docker Desktop on arm64 is Apple silicon, whose cores have no 32-bit mode; of this machine the kernel tells. */
async function emulatedBy(info: DockerInfo, isHere: boolean): Promise<ReadonlySet<string>> {
  const desktop = info.isDesktop && info.platform.startsWith('linux/arm64') ? ['arm'] : [];
  const local = isHere ? (await readEmulators()).filter(({ isEnabled }) => isEnabled) : [];
  return new Set([...desktop, ...local.map(({ architecture }) => architecture)]);
}
