import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../../../scripts/real-engine.mjs';
import type { Workbench } from './workbench.ts';

export interface SshServer {
  readonly port: number;
  /** A folder with a program `ssh` that uses nothing of this machine's own keys: to be put before PATH. */
  readonly folder: string;
}

/**
 * A real sshd on a loopback port, and an `ssh` to reach it with. `hostKey`: whether the client knows the key of the server;
 * `key`: whether the server takes the key of the client; `variables`: what whoever logs in finds in the environment.
 */
export async function startSshServer(
  workbench: Workbench,
  {
    hostKey,
    key,
    variables = [],
  }: { readonly hostKey: boolean; readonly key: boolean; readonly variables?: readonly string[] },
): Promise<SshServer> {
  const name = `ssh-${hostKey ? 'known' : 'unknown'}-${key ? 'taken' : 'refused'}`;
  const port = await freePort();
  for (const file of ['host', 'client']) {
    await workbench.run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', workbench.path(name, file)]);
  }
  const publicKey = await workbench.run('cat', [workbench.path(name, 'client.pub')]);
  const folder = workbench.files(name, {
    authorized: key ? publicKey : '',
    config: [
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${workbench.path(name, 'host')}`,
      `AuthorizedKeysFile ${workbench.path(name, 'authorized')}`,
      'StrictModes no',
      'UsePAM no',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      ...(variables.length === 0
        ? []
        : [`SetEnv ${variables.map((variable) => `${variable}=${workbench.env[variable] ?? ''}`).join(' ')}`]),
      '',
    ].join('\n'),
  });
  mkdirSync('/run/sshd', { recursive: true });
  const child = spawn('/usr/sbin/sshd', ['-D', '-e', '-f', workbench.path(name, 'config')], { stdio: 'ignore' });
  workbench.onEnd(async () => {
    const closed = once(child, 'close');
    child.kill();
    await closed;
  });
  await listening(port);
  const options = [
    `-o StrictHostKeyChecking=${hostKey ? 'no' : 'yes'}`,
    '-o UserKnownHostsFile=/dev/null -o GlobalKnownHostsFile=/dev/null',
    `-o LogLevel=ERROR -o IdentityAgent=none -o IdentitiesOnly=yes -i ${workbench.path(name, 'client')}`,
  ];
  const program = workbench.path(name, 'bin', 'ssh');
  if (!existsSync(program)) writeFileSync(program, `#!/bin/sh\nexec /usr/bin/ssh ${options.join(' ')} "$@"\n`);
  chmodSync(program, 0o755);
  return { port, folder: `${folder}/bin` };
}

async function listening(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    try {
      await once(socket, 'connect');
      return;
    } catch {
      await delay(20);
    } finally {
      socket.destroy();
    }
  }
}
