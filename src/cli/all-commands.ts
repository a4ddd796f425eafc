import type { Command } from 'commander';
import type { CliContext } from './context.ts';

/** One command of the program; its file is read only when it is the one that was called. */
export interface CommandEntry {
  readonly name: string;
  /** One line of `polyarch help`. */
  readonly summary: string;
  readonly load: () => Promise<DescribeCommand>;
}

/** Gives a command its description, flags, examples and action. */
export type DescribeCommand = (command: Command, context: CliContext) => void;

/** In the order of `polyarch help`. */
export const allCommands: readonly CommandEntry[] = [
  {
    name: 'init',
    summary: 'Write a polyarch.yaml from what the folder holds',
    load: async () => (await import('./commands/init.ts')).describeInit,
  },
  {
    name: 'plan',
    summary: 'Show what a build would do, and why',
    load: async () => (await import('./commands/plan.ts')).describePlan,
  },
  {
    name: 'build',
    summary: 'Build an image for all its platforms, prove it, and write or push it',
    load: async () => (await import('./commands/build.ts')).describeBuild,
  },
  {
    name: 'publish',
    summary: 'Publish what was built: everywhere, or nowhere',
    load: async () => (await import('./commands/publish.ts')).describePublish,
  },
  {
    name: 'report',
    summary: 'Show what a run came to, and tell its pull request',
    load: async () => (await import('./commands/report.ts')).describeReport,
  },
  {
    name: 'verify',
    summary: 'Prove that an image is what it says it is',
    load: async () => (await import('./commands/verify.ts')).describeVerify,
  },
  {
    name: 'inspect',
    summary: 'Show the platforms, sizes, layers and attestations of an image',
    load: async () => (await import('./commands/inspect.ts')).describeInspect,
  },
  {
    name: 'merge',
    summary: 'Make one image of parts that somebody else built, under any tags',
    load: async () => (await import('./commands/merge.ts')).describeMerge,
  },
  {
    name: 'copy',
    summary: 'Copy images between registries, layouts and archives',
    load: async () => (await import('./commands/copy.ts')).describeCopy,
  },
  {
    name: 'promote',
    summary: 'Move a channel tag such as stable to an image, with a record',
    load: async () => (await import('./commands/promote.ts')).describePromote,
  },
  {
    name: 'rollback',
    summary: 'Move a channel tag back to what it pointed at',
    load: async () => (await import('./commands/rollback.ts')).describeRollback,
  },
  {
    name: 'prune',
    summary: 'Find, and remove, old tags and parts that no tag reaches',
    load: async () => (await import('./commands/prune.ts')).describePrune,
  },
  {
    name: 'doctor',
    summary: 'Look at what a build here stands on, and say what is wrong with it',
    load: async () => (await import('./commands/doctor.ts')).describeDoctor,
  },
  {
    name: 'ci',
    summary: 'Write the pipeline for GitHub, GitLab or Jenkins, or check that it is current',
    load: async () => (await import('./commands/ci.ts')).describeCi,
  },
  {
    name: 'registry',
    summary: 'Serve a registry on this machine',
    load: async () => (await import('./commands/registry.ts')).describeRegistry,
  },
  {
    name: 'cache',
    summary: 'Show or prune the build cache',
    load: async () => (await import('./commands/cache.ts')).describeCache,
  },
];
