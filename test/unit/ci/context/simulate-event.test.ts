import { describe, expect, test } from 'vitest';
import { simulateEvent } from '../../../../src/ci/context/simulate-event.ts';
import { usualEvents } from '../../../../src/ci/context/usual-events.ts';
import { type EventFacts, noEvent } from '../../../../src/plan/event-facts.ts';

const sha = 'cd65417f2b1e4a5c8d9e0f1a2b3c4d5e6f708192';
const base: EventFacts = {
  provider: 'git',
  name: 'push',
  ref: 'refs/heads/dev',
  sha,
  commitDate: '2026-03-04T08:00:00.000Z',
  defaultBranch: 'trunk',
  repository: { fullName: 'acme/app' },
  runNumber: 7,
  isCi: false,
};

describe('simulateEvent', () => {
  test('keeps what the flags do not say', () => {
    expect(simulateEvent({ name: 'push' }, base)).toEqual({ ...base, runNumber: undefined, isCi: true });
  });

  test.each([
    [{ ref: 'refs/tags/v1.2.3' }, { name: 'push', ref: 'refs/tags/v1.2.3', sha }],
    [{ name: 'schedule' }, { name: 'schedule', ref: 'refs/heads/trunk' }],
    [
      { name: 'schedule', ref: 'refs/heads/old' },
      { name: 'schedule', ref: 'refs/heads/old' },
    ],
    [{ name: 'workflow_dispatch' }, { name: 'workflow_dispatch', ref: 'refs/heads/dev' }],
    [
      { name: 'pull_request', ref: 'refs/pull/12/merge' },
      { ref: 'refs/pull/12/merge', baseRef: 'trunk', pullRequest: { number: 12, baseRef: 'trunk', isFork: false } },
    ],
    [{ name: 'pull_request' }, { ref: 'refs/pull/1/merge' }],
  ])('makes of %j the event %j', (written, event) => {
    expect(simulateEvent(written, base)).toMatchObject(event);
  });

  test('does not know the date of another commit', () => {
    expect(simulateEvent({ sha }, base).commitDate).toBe(base.commitDate);
    expect(simulateEvent({ sha: 'a'.repeat(40) }, base)).not.toHaveProperty('commitDate');
  });

  test('takes main for the default branch where nothing is known', () => {
    expect(simulateEvent({ name: 'push' }, noEvent)).toMatchObject({ ref: 'refs/heads/main', defaultBranch: 'main' });
  });

  test.each([
    [{ name: 'pusch' }, 'did you mean "push"'],
    [{ name: 'push', ref: 'v1.2.3' }, 'it is no whole name'],
    [{ name: 'push', ref: 'refs/heads/a b' }, '--ref is "refs/heads/a b"'],
    [{ name: 'pull_request', ref: 'refs/heads/main' }, 'expected refs/pull/NUMBER/merge'],
    [{ sha: 'cd65417' }, '--sha is "cd65417"'],
  ])('refuses %j', (written, problem) => {
    expect(() => simulateEvent(written, base)).toThrow(
      expect.objectContaining({ code: 'EVENT_MALFORMED', message: expect.stringContaining(problem) }),
    );
  });
});

describe('usualEvents', () => {
  test('has every kind of event, on one commit', () => {
    expect(usualEvents.map(({ event }) => event.name)).toEqual(
      expect.arrayContaining(['push', 'pull_request', 'schedule', 'workflow_dispatch']),
    );
    expect(new Set(usualEvents.map(({ event }) => event.sha)).size).toBe(1);
  });
});
