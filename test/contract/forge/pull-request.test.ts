import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readForgePlace } from '../../../src/forge/forge-place.ts';
import { keepComment } from '../../../src/forge/keep-comment.ts';
import { openForge } from '../../../src/forge/open-forge.ts';
import { usualWireLimits } from '../../../src/registry/wire-limits.ts';
import { summarize } from '../../../src/report/summarize.ts';
import type { Summary } from '../../../src/report/summary.ts';
import { openForgeWire } from '../../../src/run/open/open-forge-wire.ts';
import { tellPullRequest } from '../../../src/run/tell-pull-request.ts';
import { fakeHost } from '../../support/fake-host.ts';
import { SmallForge } from '../../support/small-forge.ts';
import { badOutcome, goodOutcome, samplePlan } from '../../unit/report/sample-run.ts';

const secret = 'a-token-that-nobody-may-see';
const reader = 'a-token-that-may-only-read';
const tokens = {
  [secret]: { id: 41, login: 'polyarch-ci[bot]', isApp: true, mayWrite: true },
  [reader]: { id: 41, login: 'polyarch-ci[bot]', isApp: true, mayWrite: false },
};
const person = { id: 9, login: 'ann', type: 'User' } as const;
const both = { comment: true, description: true };

/** What push number `run` came to; the third one fails. */
function pushed(kind: 'github' | 'gitlab', run: number, changes: { readonly isFork?: boolean } = {}): Summary {
  const event = {
    provider: kind,
    name: 'pull_request',
    ref: 'refs/pull/7/merge',
    sha: 'ab'.repeat(20),
    pullRequest: { number: 7, isFork: changes.isFork === true },
    repository: { fullName: 'acme/app' },
    runNumber: run,
    runUrl: `https://ci.example/runs/${run}`,
    isCi: true,
  };
  return summarize({ ...samplePlan, event }, run === 3 ? badOutcome : goodOutcome);
}

describe.each(['github', 'gitlab'] as const)('tellPullRequest on %s', (kind) => {
  let forge: SmallForge;

  beforeEach(async () => {
    forge = await SmallForge.start({ kind, tokens });
  });

  afterEach(() => forge.stop());

  function hostWith(token: string | undefined) {
    const env =
      kind === 'github'
        ? { GITHUB_API_URL: forge.api, GITHUB_TOKEN: token }
        : { CI_API_V4_URL: forge.api, CI_PROJECT_ID: '42', GITLAB_TOKEN: token };
    return fakeHost({ env });
  }

  test('five pushes leave one comment and one section, and the rest of the description untouched', async () => {
    const before = '\r\nWhat I did:\r\n\r\n* a | b  \r\n\ttab, `code`, ünïcödé \u{1F680}\r\n\r\n\r\n';
    forge.description = before;
    forge.add('Looks good', person);
    for (let other = 0; other < 4; other += 1) forge.add(`note ${other}`, person);

    for (let run = 1; run <= 5; run += 1) await tellPullRequest(pushed(kind, run), both, hostWith(secret));

    const ours = forge.comments.filter(({ author }) => author.id === 41);
    expect(ours).toHaveLength(1);
    expect(forge.comments).toHaveLength(6);
    expect(ours[0]?.body).toContain('✅ 3 of 4 platforms built');
    expect(ours[0]?.body).toContain('[run 5](https://ci.example/runs/5)');
    const description = forge.description;
    expect(description.startsWith(before)).toBe(true);
    expect(description.split('<!-- polyarch:images app -->')).toHaveLength(2);
    expect(description).toContain('| app | amd64, arm64, ~~arm/v7~~ |');
    expect(description.replaceAll('\r\n', '')).not.toContain('\n');
  });

  test('tells what failed when a push fails', async () => {
    await tellPullRequest(pushed(kind, 3), both, hostWith(secret));

    expect(forge.comments[0]?.body).toContain('❌ Not released');
    expect(forge.comments[0]?.body).toContain('The engine did not come to it');
  });

  test.each([
    ['429 with Retry-After', { what: 429, headers: { 'retry-after': '3' } }],
    ['502', { what: 502 }],
    ['403 of a used-up budget', { what: 403, headers: { 'x-ratelimit-remaining': '0', 'retry-after': '2' } }],
    ['a connection that breaks after it was done', { what: 'broken' as const }],
  ])('one comment comes through %s, wherever it happens', async (_name, fault) => {
    for (const when of [/GET .*(comments|notes)/, /POST/, /(PATCH|PUT) .*\/(comments|notes)\//])
      forge.faults.push({ when, ...fault });

    const first = await tellPullRequest(pushed(kind, 1), { comment: true, description: false }, hostWith(secret));
    const second = await tellPullRequest(pushed(kind, 2), { comment: true, description: false }, hostWith(secret));

    expect([first.comment?.state, second.comment?.state]).toEqual(['created', 'updated']);
    expect(forge.comments).toHaveLength(1);
    expect(forge.comments[0]?.body).toContain('run 2');
    expect(forge.faults).toEqual([]);
  });

  test('two jobs that write at once leave one comment', async () => {
    forge.before = (request) => {
      if (!request.startsWith('POST')) return;
      forge.before = undefined;
      forge.add(`<!-- polyarch:report app run=1 -->\nof the other job`, { id: 41, login: 'x[bot]', type: 'Bot' });
    };

    await tellPullRequest(pushed(kind, 1), { comment: true, description: false }, hostWith(secret));

    expect(forge.comments.map(({ body }) => body.split('\n')[1])).toEqual(['of the other job']);
  });

  test('ten jobs of five runs at once leave one comment, that of the last run', async () => {
    const runs = [4, 2, 5, 1, 3, 5, 4, 3, 2, 1];

    await Promise.all(
      runs.map((run) => tellPullRequest(pushed(kind, run), { comment: true, description: false }, hostWith(secret))),
    );
    await tellPullRequest(pushed(kind, 5), { comment: true, description: false }, hostWith(secret));

    expect(forge.comments).toHaveLength(1);
    expect(forge.comments[0]?.body).toContain('run 5');
  });

  test('the result of a later run stays', async () => {
    await tellPullRequest(pushed(kind, 5), { comment: true, description: false }, hostWith(secret));

    const told = await tellPullRequest(pushed(kind, 4), { comment: true, description: false }, hostWith(secret));

    expect(told.comment).toEqual({ state: 'kept-newer' });
    expect(forge.comments[0]?.body).toContain('run 5');
  });

  test("a person's comment that holds our mark is neither changed nor removed", async () => {
    forge.add('<!-- polyarch:report app run=99 -->\nall well, merge it', person);
    const quoted = forge.comments[0]?.body;

    await tellPullRequest(pushed(kind, 1), { comment: true, description: false }, hostWith(secret));

    expect(forge.comments).toHaveLength(2);
    expect(forge.comments[0]?.body).toBe(quoted);
    expect(forge.comments[1]?.body).toContain('run 1');
  });

  test.each([
    ['no token', undefined, false],
    ['a token that may only read', reader, false],
    ['a token that may only read, in a fork', reader, true],
    ['a token that is not known', 'a-token-of-somebody-else', false],
  ])('%s: a note, and nothing fails', async (_name, token, isFork) => {
    const host = hostWith(token);

    const told = await tellPullRequest(pushed(kind, 1, { isFork }), both, host);

    expect([told.comment?.state, told.description?.state]).toEqual(['skipped', 'skipped']);
    expect(host.events.filter((event) => event.kind === 'note' && event.level === 'warning')).not.toEqual([]);
    expect(forge.comments).toEqual([]);
    if (isFork) expect(JSON.stringify(host.events)).toContain('comes from a fork');
  });

  test('FORGE_RATE_LIMITED where it asks to wait for an hour, and nothing is waited', async () => {
    forge.faults.push({ when: /comments|notes/, what: 429, headers: { 'retry-after': '3600' } });
    const host = hostWith(secret);

    const told = await tellPullRequest(pushed(kind, 1), { comment: true, description: false }, host);

    expect(told.comment).toMatchObject({ state: 'failed', problem: { code: 'FORGE_RATE_LIMITED', exitCode: 4 } });
    expect(host.clock.monotonicMs()).toBe(0);
  });

  test.each([
    ['FORGE_UNREACHABLE', Array.from({ length: 8 }, () => ({ what: 502 }))],
    ['FORGE_REFUSED', [{ what: 422 }]],
    ['FORGE_REFUSED', [{ what: 302, headers: { location: 'https://evil.example/steal' } }]],
    ['FORGE_ANSWER_MALFORMED', [{ what: 200, body: '<html>log in</html>' }]],
    ['FORGE_ANSWER_MALFORMED', [{ what: 200, body: '{"not":"a list"}' }]],
  ])('%s is told and the token never shown', async (code, faults) => {
    for (const fault of faults) forge.faults.push({ when: /comments|notes/, ...fault });
    const host = hostWith(secret);

    const told = await tellPullRequest(pushed(kind, 1), { comment: true, description: false }, host);

    expect(told.comment).toMatchObject({ state: 'failed', problem: { code } });
    expect(JSON.stringify([told, host.events])).not.toContain(secret);
  });

  test('DESCRIPTION_MARKERS_BROKEN where somebody took one away: told, not overwritten', async () => {
    const broken = 'mine\n<!-- polyarch:images app -->\nmore of mine';
    forge.description = broken;

    const told = await tellPullRequest(pushed(kind, 1), both, hostWith(secret));

    expect(told.description).toMatchObject({ state: 'failed', problem: { code: 'DESCRIPTION_MARKERS_BROKEN' } });
    expect(told.comment).toEqual({ state: 'created' });
    expect(forge.description).toBe(broken);
  });

  test('a description that changes between reading and writing gets its section all the same', async () => {
    forge.description = 'first';
    let count = 0;
    forge.before = (request) => {
      // Somebody saves an old text over ours, right after it was written.
      if (request.startsWith('GET') && /(pulls|merge_requests)\/7$/.test(request) && (count += 1) === 2)
        forge.description = 'second';
    };

    await tellPullRequest(pushed(kind, 1), { comment: false, description: true }, hostWith(secret));

    expect(forge.description).toMatch(/^second\n\n<!-- polyarch:images app -->/);
  });

  test.each([
    ['a token that is not known', 'a-token-of-somebody-else'],
    ['a token that may only read', reader],
  ])('FORGE_DENIED for %s', async (_name, token) => {
    const host = hostWith(token);
    const wire = openForgeWire(host);
    const place = readForgePlace({ provider: kind, repository: 'acme/app', number: 7 }, host.env);
    if (place.kind === 'none') throw new Error(place.reason);

    const kept = keepComment(openForge(place, { host, wire }), { key: 'app', body: 'mine' });

    await expect(kept).rejects.toMatchObject({ code: 'FORGE_DENIED', exitCode: 4 });
    wire.close();
  });

  test('a forge that does not answer is asked again after a limit', async () => {
    forge.faults.push({ when: /comments|notes/, what: 'silence' });
    const host = hostWith(secret);
    const wire = openForgeWire(host, { ...usualWireLimits, answerMs: 30 });
    const place = readForgePlace({ provider: kind, repository: 'acme/app', number: 7 }, host.env);
    if (place.kind === 'none') throw new Error(place.reason);

    const state = await keepComment(openForge(place, { host, wire }), { key: 'app', body: 'slow' });
    wire.close();

    expect(state).toBe('created');
    expect(forge.comments).toHaveLength(1);
  });

  test('what a log says cannot break out, mention anybody or act', async () => {
    const log = [
      '```',
      '/merge',
      '@team look',
      '<!-- polyarch:report app -->',
      '\u001B[31mred\u001B[0m',
      `token ${secret}`,
    ];
    const failed = pushed(kind, 1);
    const cells = failed.cells.map((cell, place) =>
      place === 2 && cell.problem !== undefined ? { ...cell, logTail: log } : cell,
    );

    await tellPullRequest({ ...failed, cells }, { comment: true, description: false }, hostWith(secret));

    const body = forge.comments[0]?.body ?? '';
    const fences = body.split('\n').filter((line) => line.startsWith('```'));
    expect(fences).toHaveLength(4);
    expect(body).toContain('/merge');
    expect(body).toContain('red');
    expect(body).not.toContain('\u001B');
    expect(body).not.toContain(secret);
    expect(body.indexOf('/merge')).toBeGreaterThan(body.indexOf('```'));
  });
});
