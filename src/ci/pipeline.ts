import type { Runner } from './runners.ts';

/**
 * What a CI service is to do with a project, in nobody's dialect: the run of polyarch, cut at its arrows. One job plans,
 * one job a cell builds, one publishes, one answers pull requests. A provider's file is rendered from this value alone.
 */
export interface Pipeline {
  /** The images it is about; a name for people. */
  readonly title: string;
  /** What `npx` runs: `polyarch@1.2.3`. */
  readonly program: string;
  /** The folder of the config, from the root of the repository. `.` where it is the root. */
  readonly folder: string;
  readonly triggers: Triggers;
  /** Variables of every job. */
  readonly env: Readonly<Record<string, string>>;
  /** What a job may take. */
  readonly timeoutMinutes: number;
  /** Whether something has to be run to build or to try the images; polyarch puts the others together by itself. */
  readonly usesBuildkit: boolean;
  /** Whether the machines are Blacksmith's, which keep BuildKit's state on a disk of their own. */
  readonly usesBlacksmith: boolean;
  /** Where the jobs that build nothing run. */
  readonly runner: Runner;
  /** Everything that may be built, as configured; what is built each time is the plan's business. */
  readonly cells: readonly PipelineCell[];
  readonly logins: readonly RegistryLogin[];
  /** Variables of the conditions of repositories: where one is unset, its repository is left out. */
  readonly conditionNames: readonly string[];
  /** Variables with secrets that the builds read. */
  readonly secretNames: readonly string[];
  readonly jobs: readonly Job[];
}

export interface Triggers {
  /** Pushes to these. At least one; `$default` is the default branch, whatever it is called. */
  readonly branches: readonly string[];
  /** Globs of git tags; none where no tag rule speaks of them. */
  readonly tags: readonly string[];
  /** A cron line. */
  readonly schedule?: string;
  /** Only changes to these paths count; the last pattern that matches wins, `!` takes out. Absent: every change counts. */
  readonly paths?: readonly string[];
  /** One sentence: why no change may be left out. Only where `paths` is absent. */
  readonly whyAllPaths?: string;
}

/** One (image, variant, platform) and the machine that builds it. */
export interface PipelineCell {
  /** `image[/variant]/os/arch[/variant]` */
  readonly id: string;
  /** The id as file names, artifacts and jobs have it. */
  readonly name: string;
  readonly platform: string;
  readonly runner: Runner;
  /** Whether something of the platform is run there that the machine cannot run by itself. */
  readonly needsEmulation: boolean;
}

/** How jobs come into one registry. */
export interface RegistryLogin {
  readonly registry: string;
  /** `token`: the CI service's own registry, which takes the job's token. */
  readonly kind: 'token' | 'secret';
  /** The variable with the user's name. */
  readonly usernameVariable: string;
  /** The variable or secret with the password. */
  readonly passwordVariable: string;
  /** The variable of the config's `when`: nobody logs in where it is not set. */
  readonly when?: string;
  /** Whether a job may not go on without it: false where every repository there may fail. */
  readonly isRequired: boolean;
}

export type JobId = 'plan' | 'build' | 'publish' | 'report';

/** What a job may do beside reading the source. */
export type Right = 'read-packages' | 'write-packages' | 'attest' | 'answer-pull-request';

export interface Job {
  readonly id: JobId;
  readonly needs: readonly JobId[];
  /** `release`: everything but pull requests. */
  readonly event: 'any' | 'release' | 'pull-request';
  /** One job for each cell that the plan leaves. */
  readonly isPerCell: boolean;
  readonly rights: readonly Right[];
  /** What becomes of it when a newer run of the same branch begins. */
  readonly outdated: 'cancelled' | 'finished';
  readonly steps: readonly Step[];
}

export type Step =
  | { readonly kind: 'checkout' }
  /** Takes away what an earlier job left on the machine; a checkout does so by itself. */
  | { readonly kind: 'clear' }
  /** Node, which `npx` needs. */
  | { readonly kind: 'node' }
  | { readonly kind: 'emulation'; readonly platforms: readonly string[] }
  /** BuildKit. */
  | { readonly kind: 'builder' }
  /** What BuildKit needs to reach the cache of the CI service. */
  | { readonly kind: 'service-cache' }
  | { readonly kind: 'login'; readonly login: RegistryLogin }
  /** What another job handed over: the plan with the parts that need no building, or the record of each cell. */
  | { readonly kind: 'receive'; readonly what: 'plan' | 'parts' }
  | { readonly kind: 'hand-over'; readonly what: 'plan' | 'part' }
  | { readonly kind: 'plan'; readonly pullRequestPlatforms?: readonly string[] }
  | { readonly kind: 'build' }
  | { readonly kind: 'publish' }
  | { readonly kind: 'report'; readonly comment: boolean; readonly description: boolean }
  | { readonly kind: 'attest' };
