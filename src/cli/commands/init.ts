import type { Command } from 'commander';
import type { ProposalAnswers } from '../../config/proposal/propose-config.ts';
import type { InitProposal } from '../../run/init.ts';
import { collectList } from '../build-flags.ts';
import { addCommonFlags } from '../command-flags.ts';
import { type CliContext, writeResult } from '../context.ts';

const examples = `
Examples:
  polyarch init                                  # asks where it is published and for which platforms
  polyarch init --yes                            # asks nothing
  polyarch init --stdout                         # shows the config, writes no file
  polyarch init --repository ghcr.io/acme/app --platforms linux/amd64,linux/arm64
`;

interface InitFlags {
  readonly yes?: boolean;
  readonly stdout?: boolean;
  readonly repository?: string;
  readonly platforms: readonly string[];
  readonly json?: boolean;
}

/** `polyarch init` */
export function describeInit(command: Command, context: CliContext): void {
  addCommonFlags(command)
    .argument('[folder]', 'The folder with the Dockerfile', '.')
    .option('-y, --yes', 'Ask nothing, take what was found')
    .option('--stdout', 'Write the config to standard output, and no file')
    .option('--repository <name>', 'Where it is published, for example ghcr.io/acme/app')
    .option('--platform, --platforms <list>', 'Platforms, for example linux/amd64,linux/arm64', collectList, [])
    .addHelpText('after', examples)
    .action((folder: string, flags: InitFlags) => act(folder, flags, context));
}

async function act(folder: string, flags: InitFlags, context: CliContext): Promise<void> {
  const { formatInit, proposeInit, writeInit } = await import('../../run/init.ts');
  const proposed = await proposeInit({ folder, mayExist: flags.stdout === true }, context.host);
  const text = formatInit(proposed, await answersOf(flags, proposed, context));
  if (flags.stdout === true) {
    writeResult(context, text.trimEnd());
    return;
  }
  await writeInit(proposed.file, text);
  const { file, proposal } = proposed;
  const images = proposal.images.map(({ name, dockerfile }) => ({ name, dockerfile }));
  if (flags.json === true) writeResult(context, JSON.stringify({ file, images, notes: proposal.notes }, null, 2));
  else writeResult(context, `Wrote ${file}\nNext: polyarch plan shows what it does, polyarch build does it`);
}

/** Flags answer; what they leave open is asked where somebody is there. */
async function answersOf(flags: InitFlags, { proposal }: InitProposal, context: CliContext): Promise<ProposalAnswers> {
  const told: ProposalAnswers = {
    ...(flags.repository === undefined ? {} : { repository: flags.repository }),
    ...(flags.platforms.length === 0 ? {} : { platforms: flags.platforms }),
  };
  const isAsked = flags.yes !== true && flags.stdout !== true && flags.json !== true;
  const ask = isAsked ? await context.ask() : undefined;
  if (ask === undefined) return told;
  const { usualAnswers } = await import('../../config/proposal/propose-config.ts');
  const usual = usualAnswers(proposal);
  const repository = told.repository ?? (await ask('Where is it published?', usual.repository ?? 'nowhere'));
  const platforms = told.platforms ?? (await ask('For which platforms?', usual.platforms.join(','))).split(',');
  return {
    ...(repository === usual.repository || repository === 'nowhere' ? {} : { repository }),
    ...(platforms.join(',') === usual.platforms.join(',') ? {} : { platforms: platforms.map((text) => text.trim()) }),
  };
}
