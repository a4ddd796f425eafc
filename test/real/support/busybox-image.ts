import { chmod, copyFile, mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { findBusybox as findDebianBusybox } from '../../../scripts/debian-packages.mjs';
import type { Workbench } from './workbench.ts';

const debianNames = { amd64: 'amd64', arm64: 'arm64', 'arm/v7': 'armhf', s390x: 's390x' } as const;

/** Architectures, as platforms name them, for which there is a shell. */
export type ShellArchitecture = keyof typeof debianNames;

/** The path of a static busybox for an architecture, from Debian's own package. */
export function findBusybox(architecture: ShellArchitecture): Promise<string> {
  return findDebianBusybox(debianNames[architecture]);
}

const applets = ['cat', 'chmod', 'cp', 'date', 'echo', 'ls', 'mkdir', 'sh', 'sleep', 'uname'];

export interface ShellImageOptions {
  /** `HOST/NAME:TAG` */
  readonly reference: string;
  /** The text of its file `/language`: what tells it from others. */
  readonly language: string;
}

/** Pushes an image of a shell and little else, for amd64 and arm64: a stand-in for the base image of a language. */
export async function pushShellImage(workbench: Workbench, { reference, language }: ShellImageOptions): Promise<void> {
  const architectures = ['amd64', 'arm64'] as const;
  const context = workbench.files(`shell-${language}`, {
    Dockerfile: 'FROM scratch\nARG TARGETARCH\nCOPY language /\nCOPY $TARGETARCH/ /bin/\nENV PATH=/bin\n',
    language,
  });
  for (const architecture of architectures) {
    const folder = join(context, architecture);
    await mkdir(folder);
    await copyFile(await findBusybox(architecture), join(folder, 'busybox'));
    await chmod(join(folder, 'busybox'), 0o755);
    for (const applet of applets) await symlink('busybox', join(folder, applet));
  }
  const where = ['--builder', await workbench.builder(), '--platform', 'linux/amd64,linux/arm64'];
  const output = ['--provenance=false', '--output', `type=registry,name=${reference}`];
  await workbench.run('docker', ['buildx', 'build', ...where, ...output, context]);
}
