import type { Command } from 'commander';
import { exitCodes } from '../../errors/code.ts';
import { addCommonFlags } from '../command-flags.ts';
import { type CliContext, writeResult } from '../context.ts';

const examples = `
Examples:
  polyarch doctor           # what builds here, on what, and what is wrong with it
  polyarch doctor ./app     # the same for the project in that folder
  polyarch doctor --json    # the same as JSON

Exit code 5 where something that the project needs is missing.
`;

interface DoctorFlags {
  readonly config?: string;
  readonly json?: boolean;
}

/** `polyarch doctor` */
export function describeDoctor(command: Command, context: CliContext): void {
  addCommonFlags(command)
    .argument('[folder]', 'The folder with the Dockerfile or polyarch.yaml', '.')
    .option('--config <file>', 'The config file (default: polyarch.yaml in the folder, where there is one)')
    .addHelpText('after', examples)
    .action((folder: string, flags: DoctorFlags) => act(folder, flags, context));
}

async function act(folder: string, { config, json }: DoctorFlags, context: CliContext): Promise<void> {
  const { doctor } = await import('../../run/doctor.ts');
  const request = { folder, overrides: {}, ...(config === undefined ? {} : { configFile: config }) };
  const report = await doctor(request, context.host);
  if (report.complaints.some(({ level }) => level === 'error')) context.setExitCode(exitCodes.machine);
  if (json === true) {
    writeResult(context, JSON.stringify(report, null, 2));
    return;
  }
  const [{ renderDoctor }, { choosePalette }] = await Promise.all([
    import('../../report/render-doctor.ts'),
    import('../../report/palette.ts'),
  ]);
  writeResult(context, renderDoctor(report, choosePalette(context.stdout.hasColors)));
}
