import { execFile } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { arch } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { keepPeer, unpackDebian } from '../../../scripts/debian-packages.mjs';
import { findBusybox } from './busybox-image.ts';
import type { Workbench } from './workbench.ts';

const run = promisify(execFile);
const own = arch() === 'x64' ? 'amd64' : 'arm64';
const dockerfile = [
  'FROM scratch',
  'COPY tree/ /',
  'RUN ["/bin/busybox", "--install", "-s", "/bin"]',
  'RUN mkdir -p /tmp /root',
  'ENV GOROOT=/usr/lib/go-1.19 GOCACHE=/cache HOME=/root PATH=/bin:/usr/lib/go-1.19/bin',
  '',
].join('\n');

/** Pushes Debian's Go toolchain and a shell, for this machine's own architecture, where the compiler runs. */
export async function pushGoImage(workbench: Workbench, reference: string): Promise<void> {
  const builder = await workbench.builder();
  const layout = await keepPeer(`go/${own}`, async (target, { folder, fetch }) => {
    const packages = ['golang-1.19-go', 'golang-1.19-src', 'libc6'];
    const tree = join(folder, 'tree');
    await unpackDebian(await fetch({ architecture: own, packages }), tree);
    await leaveCompiler(tree);
    mkdirSync(join(tree, 'bin'), { recursive: true });
    copyFileSync(await findBusybox(own), join(tree, 'bin/busybox'));
    chmodSync(join(tree, 'bin/busybox'), 0o755);
    writeFileSync(join(folder, 'Dockerfile'), dockerfile);
    const output = `type=oci,tar=false,dest=${target}`;
    const flags = ['--builder', builder, '--provenance=false', '--output', output];
    await workbench.run('docker', ['buildx', 'build', ...flags, folder]);
  });
  await workbench.run('crane', ['push', layout, reference]);
}

/** Takes away what compiling a program does not need: packages made beforehand, tests, and the sources of the tools. */
async function leaveCompiler(tree: string): Promise<void> {
  const [go, source] = [join(tree, 'usr/lib/go-1.19'), join(tree, 'usr/share/go-1.19')];
  const surplus = [
    join(go, `pkg/linux_${own}`),
    join(source, 'src/cmd'),
    join(source, 'test'),
    join(tree, 'usr/share/doc'),
  ];
  await run('rm', ['-r', ...surplus]);
  const tests = ['(', '-name', 'testdata', '-o', '-name', '*_test.go', ')', '-prune', '-exec', 'rm', '-r', '{}', '+'];
  await run('find', [source, ...tests]);
}
