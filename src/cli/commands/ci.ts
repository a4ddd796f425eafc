import { Argument, type Command } from 'commander';
import type { CiService } from '../../ci/ci-service.ts';
import { addCommonFlags } from '../command-flags.ts';
import { type CliContext, writeResult } from '../context.ts';
import { readVersion } from '../version.ts';

const examples = `
Examples:
  polyarch ci github             # writes .github/workflows/polyarch.yml
  polyarch ci gitlab --stdout    # shows .gitlab-ci.yml
  polyarch ci jenkins            # writes Jenkinsfile
  polyarch ci github --check     # fails, with the difference, where the committed file is not what the config gives
  polyarch ci github --reusable  # a workflow for others to call
`;

interface CiFlags {
  readonly config?: string;
  readonly root?: string;
  readonly out?: string;
  readonly stdout?: boolean;
  readonly check?: boolean;
  readonly force?: boolean;
  readonly reusable?: boolean;
  readonly json?: boolean;
}

/** `polyarch ci` */
export function describeCi(command: Command, context: CliContext): void {
  addCommonFlags(command)
    .addArgument(new Argument('<service>', 'The CI service').choices(['github', 'gitlab', 'jenkins']))
    .argument('[folder]', 'The folder with polyarch.yaml or the Dockerfile', '.')
    .option('--config <file>', 'The config file (default: polyarch.yaml in the folder, where there is one)')
    .option('--root <folder>', 'The root of the repository (default: the nearest folder above with .git)')
    .option('--out <file>', 'Write to this file (default: where the service looks for it)')
    .option('--stdout', 'Write to standard output, and no file')
    .option('--check', 'Write nothing; fail where the file is not what the config gives')
    .option('--reusable', 'A workflow that others call, of GitHub only')
    .option('--force', 'Replace a file that polyarch did not write')
    .addHelpText('after', examples)
    .action((service: CiService, folder: string, flags: CiFlags) => act({ service, folder }, flags, context));
}

async function act(
  target: { readonly service: CiService; readonly folder: string },
  flags: CiFlags,
  context: CliContext,
): Promise<void> {
  const { checkPipeline, renderPipeline, writePipeline } = await import('../../run/write-pipeline.ts');
  const request = {
    ...target,
    program: `polyarch@${readVersion()}`,
    isReusable: flags.reusable === true,
    ...(flags.config === undefined ? {} : { configFile: flags.config }),
    ...(flags.root === undefined ? {} : { root: flags.root }),
    ...(flags.out === undefined ? {} : { out: flags.out }),
  };
  const pipeline = await renderPipeline(request, context.host);
  const state = pipeline.former === undefined ? 'new' : pipeline.diff === '' ? 'unchanged' : 'changed';
  if (flags.stdout === true && flags.json !== true) {
    writeResult(context, pipeline.text.trimEnd());
    return;
  }
  if (flags.check === true) checkPipeline(pipeline);
  else if (flags.stdout !== true) await writePipeline(pipeline, { isForced: flags.force === true });
  const { file, text, diff } = pipeline;
  if (flags.json === true)
    writeResult(context, JSON.stringify({ service: target.service, file, state, diff, text }, null, 2));
  else writeResult(context, state === 'unchanged' ? `${file} is current` : `Wrote ${file}`);
}
