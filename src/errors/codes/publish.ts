import type { CodeMeaning } from '../code.ts';

/** Faults of `publish/`. */
export const publishCodes = {
  STAGED_INCOMPLETE: {
    meaning: 'A repository does not give back all that was put into it',
    hint: 'Run `polyarch publish` again: what is there is kept; the log of the registry may say more',
    exit: 'registry',
  },
  TAG_CONTENDED: {
    meaning: 'Others keep moving a tag while it is moved',
    hint: 'Let one job at a time publish this tag, then run `polyarch publish` again',
    exit: 'registry',
  },
  TAG_LEFT: {
    meaning: 'A tag that was moved could not be put back after another one failed',
    hint: 'Run `polyarch publish --resume` when the registries answer again: it completes the moves or takes them back',
    exit: 'registry',
  },
  IMAGE_NOT_PUBLIC: {
    meaning: 'A repository that is to be public does not give the image to strangers',
    hint: 'Make the repository public in the settings of its registry, then run `polyarch publish` again',
    exit: 'finding',
  },
  PUBLISH_RECORD_MALFORMED: {
    meaning: 'The record of the tag moves of a run cannot be read',
    hint: 'Run `polyarch publish` without --resume: it publishes the run anew',
    exit: 'misuse',
  },
  RUN_OUTDATED: {
    meaning: 'What was built comes from another commit than the one that is checked out, which would give it its tags',
    hint: 'Check out that commit, build again, or name the tags with -t REGISTRY/REPOSITORY:TAG',
    exit: 'misuse',
  },
  RUN_MISSING: {
    meaning: 'There is no kept run of that name, or none at all',
    hint: 'Build first with `polyarch build`; the runs lie in .polyarch/runs',
    exit: 'misuse',
  },
  CHANNEL_UNRECORDED: {
    meaning: 'Nothing, or not enough, is recorded of what a tag pointed at before',
    hint: 'Name what it is to point at: polyarch rollback REFERENCE --to DIGEST',
    exit: 'misuse',
  },
  CHANNEL_HISTORY_MALFORMED: {
    meaning: 'What stands under the tag of a record of tag moves is no such record',
    hint: 'Somebody has overwritten it; delete that tag, and name what is meant with --to DIGEST',
    exit: 'failed',
  },
  PRUNE_OUTDATED: {
    meaning: 'A repository changed while it was looked at, so that nothing was removed',
    hint: 'Run the same command again when nobody publishes to it',
    exit: 'failed',
  },
} as const satisfies Record<string, CodeMeaning>;
