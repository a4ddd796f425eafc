import type { EventFacts } from '../../plan/event-facts.ts';
import { simulateEvent, type WrittenEvent } from './simulate-event.ts';

/** An event under the name that a reader knows it by. */
export interface NamedEvent {
  /** `tag v1.2.3` */
  readonly title: string;
  readonly event: EventFacts;
}

/** A commit that is none, so that tables of events are the same for every commit. */
const sampleCommit = '0123456789abcdef0123456789abcdef01234567';

const written: readonly (readonly [string, WrittenEvent])[] = [
  ['push to the default branch', { name: 'push' }],
  ['push to feature/foo', { name: 'push', ref: 'refs/heads/feature/foo' }],
  ['tag v1.0.0', { name: 'push', ref: 'refs/tags/v1.0.0' }],
  ['tag v1.2.3', { name: 'push', ref: 'refs/tags/v1.2.3' }],
  ['tag v2.0.0-beta', { name: 'push', ref: 'refs/tags/v2.0.0-beta' }],
  ['tag dev.1', { name: 'push', ref: 'refs/tags/dev.1' }],
  ['pull request 7', { name: 'pull_request', ref: 'refs/pull/7/merge' }],
  ['schedule', { name: 'schedule' }],
  ['workflow_dispatch', { name: 'workflow_dispatch' }],
];

/** What usually happens to a repository, on a commit and in a repository that are samples: the same everywhere. */
export const usualEvents: readonly NamedEvent[] = written.map(([title, event]) => ({
  title,
  event: simulateEvent(event, {
    provider: 'none',
    name: '',
    ref: '',
    sha: sampleCommit,
    commitDate: '2026-01-01T00:00:00.000Z',
    defaultBranch: 'main',
    repository: { fullName: 'acme/app' },
    isCi: true,
  }),
}));

/** The time that expressions such as `{{date}}` are given for those events. */
export const usualEventTime = '2026-01-02T03:04:05.000Z';
