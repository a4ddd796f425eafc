import type { Command } from 'commander';
import type { ReuseRequest } from '../run/parts/reuse-request.ts';

/** The flags about parts of former runs, as commander hands them over. */
export interface ReuseFlags {
  readonly resume?: string | boolean;
  readonly skipUnchanged?: boolean;
  readonly force?: boolean;
}

/** Adds the flags of `build` and `plan` about parts of former runs. */
export function addReuseFlags(command: Command): Command {
  return command
    .option('--resume [run]', 'Take over what former runs, or that one, made from the same inputs, and say how much')
    .option('--skip-unchanged', 'Also take over what other machines recorded in the registry (usual in CI)')
    .option('--no-skip-unchanged', 'Take over nothing from the registry, and record nothing there')
    .option('--force', 'Build everything, changed or not');
}

/** What the flags ask for; and the folder, where `--resume` has taken it for the name of a run. */
export function reuseRequestOf(
  folder: string,
  { resume, skipUnchanged, force }: ReuseFlags,
): { readonly folder: string; readonly reuse: ReuseRequest } {
  const isFolder = typeof resume === 'string' && !isRunId(resume) && folder === '.';
  return {
    folder: isFolder ? resume : folder,
    reuse: {
      ...(resume === undefined ? {} : { resume: isFolder ? true : resume }),
      ...(skipUnchanged === undefined ? {} : { skipUnchanged }),
      ...(force === undefined ? {} : { force }),
    },
  };
}

function isRunId(text: string): boolean {
  return /^\d{8}T\d{6}Z-[a-f0-9]+$/.test(text);
}
