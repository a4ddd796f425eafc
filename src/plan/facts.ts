import type { BuilderFacts } from './builder-facts.ts';
import type { EventFacts } from './event-facts.ts';
import type { ReleaseTags } from './release-tags.ts';

/** What was gathered from the world before planning. Plain JSON; a plan is a pure function of config and facts. */
export interface Facts {
  /** ISO 8601. */
  readonly now: string;
  readonly runId: string;
  /** The folder that the paths of the config are relative to; absolute. */
  readonly root: string;
  /** The platform of this machine, normalised. */
  readonly hostPlatform: string;
  /** The text of every Dockerfile, by absolute path. */
  readonly dockerfiles: Readonly<Record<string, string>>;
  /** Where `prepare` said the context lies, by image; absolute. */
  readonly preparedContexts: Readonly<Record<string, string>>;
  /** Whether the variable of a repository's `when` is set and not empty, by the condition as written. */
  readonly conditions: Readonly<Record<string, boolean>>;
  readonly engine: EngineFacts;
  /** In the order of the config; none where the embedded engine builds. */
  readonly builders: readonly BuilderFacts[];
  /** What former runs took, by cell. */
  readonly history: Readonly<Record<string, CellHistory>>;
  /** What happened that this run answers. */
  readonly event: EventFacts;
  /** What the tag rules gave, by release; a release that is not here has the usual tag. Default: none was asked for. */
  readonly tags?: Readonly<Record<string, ReleaseTags>>;
}

/** How a cell went in former runs, newest first. Milliseconds, of successful builds that were not wholly cached. */
export interface CellHistory {
  /** Of the routes that emulate nothing. */
  readonly durationsMs: readonly number[];
  /** Of the emulated route. */
  readonly emulatedMs?: readonly number[];
}

/** The engine that the cells are built by. */
export interface EngineFacts {
  readonly name: 'embedded' | 'buildkit';
  /** One sentence, shown beside the plan. */
  readonly reason: string;
}
