import type { Command } from 'commander';
import { exitCodes } from '../../errors/code.ts';
import { formatCount } from '../../report/format-count.ts';
import { choosePalette } from '../../report/palette.ts';
import type { ProgressChoice } from '../../report/progress-view.ts';
import { renderFinding } from '../../report/render-finding.ts';
import type { Verification } from '../../run/verify.ts';
import { collect, collectList } from '../build-flags.ts';
import { addCommonFlags, addProgressFlag } from '../command-flags.ts';
import { type CliContext, writeResult } from '../context.ts';
import { startProgress } from '../start-progress.ts';

const examples = `
Examples:
  polyarch verify ghcr.io/acme/app:1.2
  polyarch verify oci:.polyarch/app --platform linux/amd64,linux/arm64
  polyarch verify app:1 --allow-foreign '/usr/bin/qemu-*'

Exit code 3 where an error is found.
`;

interface VerifyFlags {
  readonly platforms: readonly string[];
  readonly allowForeign: readonly string[];
  readonly json?: boolean;
  readonly progress: ProgressChoice;
}

/** `polyarch verify` */
export function describeVerify(command: Command, context: CliContext): void {
  addProgressFlag(addCommonFlags(command))
    .argument('<image>', 'A reference, oci:DIR[:REF], oci-archive:FILE[:REF] or docker-archive:FILE[:REF]')
    .option('--platform, --platforms <list>', 'The platforms it must have, and no others', collectList, [])
    .option('--allow-foreign <glob>', 'Paths that may hold programs of another architecture', collect, [])
    .addHelpText('after', examples)
    .action((image: string, flags: VerifyFlags) => act(image, flags, context));
}

async function act(image: string, flags: VerifyFlags, context: CliContext): Promise<void> {
  const { verify } = await import('../../run/verify.ts');
  const progress = startProgress(context, { mode: flags.json === true ? 'quiet' : flags.progress });
  try {
    const verification = await verify(
      { image, platforms: flags.platforms, allowForeign: flags.allowForeign },
      context.host,
    );
    progress.stop();
    if (flags.json === true) writeResult(context, JSON.stringify(verification, null, 2));
    else show(verification, context);
    if (verification.findings.some(({ level }) => level === 'error')) context.setExitCode(exitCodes.finding);
  } finally {
    progress.stop();
  }
}

function show({ image, root, platforms, checks, findings }: Verification, context: CliContext): void {
  const palette = choosePalette(context.stdout.hasColors);
  for (const finding of findings) writeResult(context, renderFinding(finding, palette).join('\n'));
  const errors = findings.filter(({ level }) => level === 'error').length;
  const verdict = errors === 0 ? palette.good('proved') : palette.bad(`${formatCount(errors, 'error')} found`);
  writeResult(context, `${image} ${root.digest}`);
  writeResult(context, `${verdict}: ${checks.length} rules over ${platforms.join(', ')}`);
}
