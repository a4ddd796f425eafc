import { type Command, Option } from 'commander';
import type { PublishChoices } from '../run/release/write-release.ts';
import { collectList } from './build-flags.ts';

export interface PublishFlags {
  readonly allowDowngrade: readonly string[];
  readonly primary: 'first' | 'last';
}

/** The flags of every command that moves tags. */
export function addPublishFlags(command: Command): Command {
  return command
    .option('--allow-downgrade <tag>', 'Let this tag go back to an older release', collectList, [])
    .addOption(
      new Option('--primary <when>', 'When the tags of the first repository move: before the others or after them')
        .choices(['first', 'last'])
        .default('last'),
    );
}

export function publishChoicesOf({ allowDowngrade, primary }: PublishFlags): PublishChoices {
  return { allowDowngrade, primary };
}
