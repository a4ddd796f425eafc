import type { Command } from 'commander';
import { Fault } from '../../errors/fault.ts';
import { formatBytes } from '../../report/format-bytes.ts';
import { formatCount } from '../../report/format-count.ts';
import { addCommonFlags, configure } from '../command-flags.ts';
import { type CliContext, writeResult } from '../context.ts';
import { parseAge } from '../parse-quantity.ts';
import { startProgress } from '../start-progress.ts';

const examples = `
Examples:
  polyarch registry serve  # in memory, on 127.0.0.1:5000
  polyarch registry serve --dir ./registry --addr :8080
  polyarch registry serve --dir ./registry --users users.txt --anonymous-pull
  polyarch registry serve --dir ./registry --tls-cert cert.pem --tls-key key.pem
  polyarch registry gc --dir ./registry --dry-run
`;

interface ServeFlags {
  readonly addr: string;
  readonly dir?: string;
  readonly readOnly?: boolean;
  readonly users?: string;
  readonly anonymousPull?: boolean;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly accessLog?: boolean;
  readonly json?: boolean;
}

interface GcFlags {
  readonly dir: string;
  readonly grace?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** `polyarch registry` */
export function describeRegistry(command: Command, context: CliContext): void {
  command.addHelpText('after', examples);
  addCommonFlags(configure(command.command('serve'), context).description('Serve a registry until it is interrupted'))
    .option('--addr <host:port>', 'Where it listens; port 0 takes a free one', '127.0.0.1:5000')
    .option('--dir <folder>', 'Where repositories are kept, an OCI layout each (default: in memory)')
    .option('--read-only', 'Refuse everything that would change something')
    .option('--users <file>', 'Who may use it: user:password or user:$scrypt$… a line (default: everybody)')
    .option('--anonymous-pull', 'Let those without credentials read')
    .option('--tls-cert <file>', 'Speak HTTPS with this certificate (PEM)')
    .option('--tls-key <file>', 'The key of the certificate (PEM)')
    .option('--access-log', 'Write a line for each request to stderr')
    .action((flags: ServeFlags) => serve(flags, context));
  addCommonFlags(configure(command.command('gc'), context).description('Remove what no tag leads to any more'))
    .requiredOption('--dir <folder>', 'Where the repositories are kept')
    .option('--grace <age>', 'Keep what is younger, tag or not (default: 24h)')
    .option('--plan, --dry-run', 'Show what would go, and stop')
    .action((flags: GcFlags) => collect(flags, context));
}

async function serve(flags: ServeFlags, context: CliContext): Promise<void> {
  if ((flags.tlsCert === undefined) !== (flags.tlsKey === undefined))
    throw new Fault('USAGE', 'Cannot serve HTTPS: --tls-cert and --tls-key are given together or not at all');
  const { serveRegistry } = await import('../../run/serve-registry.ts');
  const progress = startProgress(context, { mode: 'plain' });
  await serveRegistry(
    {
      address: flags.addr,
      isReadOnly: flags.readOnly === true,
      isAnonymousPullAllowed: flags.anonymousPull === true,
      isAccessLogged: flags.accessLog === true,
      ...(flags.dir === undefined ? {} : { directory: flags.dir }),
      ...(flags.users === undefined ? {} : { usersFile: flags.users }),
      ...(flags.tlsCert === undefined ? {} : { certificateFile: flags.tlsCert }),
      ...(flags.tlsKey === undefined ? {} : { keyFile: flags.tlsKey }),
    },
    context.host,
    ({ url, registry }) => {
      context.expectSignal();
      const kept = flags.dir === undefined ? 'in memory: all is gone when it ends' : `in ${flags.dir}`;
      writeResult(context, flags.json === true ? JSON.stringify({ url, registry }) : `${url}  ${kept}`);
    },
  );
  progress.stop();
}

async function collect(flags: GcFlags, context: CliContext): Promise<void> {
  const { sweepRegistry } = await import('../../run/serve-registry.ts');
  const collected = await sweepRegistry(
    {
      directory: flags.dir,
      isDryRun: flags.dryRun === true,
      ...(flags.grace === undefined ? {} : { graceMs: parseAge(flags.grace) }),
    },
    context.host,
  );
  if (flags.json === true) {
    writeResult(context, JSON.stringify(collected, null, 2));
    return;
  }
  const verb = flags.dryRun === true ? 'would go' : 'removed';
  for (const { repository, kind, digest, size } of collected.removed)
    writeResult(context, `${repository}  ${kind}  ${digest}  ${formatBytes(size)}`);
  writeResult(
    context,
    `${formatCount(collected.removed.length, 'part')} ${verb}, ${formatBytes(collected.removedBytes)}`,
  );
}
