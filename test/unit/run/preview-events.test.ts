import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { choosePalette } from '../../../src/report/palette.ts';
import { renderEvents } from '../../../src/report/render-events.ts';
import { previewEvents } from '../../../src/run/preview-events.ts';
import { fakeHost } from '../../support/fake-host.ts';
import { expectGolden } from '../report/golden.ts';

const config = `
name: app
repositories: [ghcr.io/acme/app]
variants: {slim: {default: true}, full: {latest: false}}
tags:
  - type=schedule,pattern={{date 'YYYYMMDD'}}
  - type=semver,pattern={{version}}
  - type=semver,pattern={{major}}.{{minor}}
  - type=ref,event=branch
  - type=ref,event=pr
  - type=sha
`;

describe('previewEvents', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'polyarch-events-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function preview(text: string, tags: readonly string[] = []) {
    writeFileSync(join(folder, 'polyarch.yaml'), text);
    const noProcesses = { run: () => Promise.reject(new Error('no process is needed')) };
    return previewEvents({ folder, overrides: { tags } }, fakeHost({ processes: noProcesses }));
  }

  test('gives every usual event and release its tags, without git and network', async () => {
    const rows = await preview(config);

    expectGolden('events.txt', renderEvents(rows, choosePalette(false)));
  });

  test('gives the names of -t for every event', async () => {
    const rows = await preview('name: app\n', ['ghcr.io/acme/app:1']);

    expect(new Set(rows.map(({ tags }) => tags.join(' ')))).toEqual(new Set(['1']));
  });

  test('tells what is wrong with a rule', async () => {
    await expect(preview('name: app\ntags: [type=sha]\n')).resolves.not.toEqual([]);
    await expect(preview('name: app\ntags: [type=sah]\n')).rejects.toMatchObject({ code: 'TAG_RULE_MALFORMED' });
  });
});
