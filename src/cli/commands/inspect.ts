import type { Command } from 'commander';
import { addCommonFlags } from '../command-flags.ts';
import { type CliContext, writeResult } from '../context.ts';

const examples = `
Examples:
  polyarch inspect ghcr.io/acme/app:1.2  # platforms, sizes, shared layers, attestations
  polyarch inspect oci:.polyarch/app     # a layout on disk
  polyarch inspect --raw alpine          # the index as it is stored
`;

interface InspectFlags {
  readonly raw?: boolean;
  readonly json?: boolean;
}

/** `polyarch inspect` */
export function describeInspect(command: Command, context: CliContext): void {
  addCommonFlags(command)
    .argument('<image>', 'A reference, oci:DIR[:REF], oci-archive:FILE[:REF] or docker-archive:FILE[:REF]')
    .option('--raw', 'Write the manifest or index byte for byte')
    .addHelpText('after', examples)
    .action((image: string, flags: InspectFlags) => act(image, flags, context));
}

async function act(image: string, flags: InspectFlags, context: CliContext): Promise<void> {
  const { inspect, readRaw } = await import('../../run/inspect.ts');
  if (flags.raw === true) {
    context.stdout.write(Buffer.from(await readRaw(image, context.host)).toString('utf8'));
    return;
  }
  const inspected = await inspect(image, context.host);
  if (flags.json === true) {
    writeResult(context, JSON.stringify(inspected, null, 2));
    return;
  }
  const [{ renderInspect }, { choosePalette }] = await Promise.all([
    import('../../report/render-inspect.ts'),
    import('../../report/palette.ts'),
  ]);
  const palette = choosePalette(context.stdout.hasColors);
  writeResult(context, renderInspect(inspected, { palette, columns: context.stdout.columns() }).trimEnd());
}
