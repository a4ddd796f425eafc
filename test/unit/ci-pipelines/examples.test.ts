import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } from '@actions/workflow-parser';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { allProviders } from '../../../src/ci/all-providers.ts';
import type { CiService } from '../../../src/ci/ci-service.ts';
import { createHost } from '../../../src/host/create-host.ts';
import { renderPipeline } from '../../../src/run/write-pipeline.ts';
import { findMisplaced, parseGroovy } from '../../support/groovy-structure.ts';

const root = join(import.meta.dirname, '../../..');
const ways = ['a', 'b', 'c', 'd', 'e'];
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { readonly version: string };

function committed(way: string, service: CiService): string {
  const file = allProviders.find(({ name }) => name === service)?.file ?? '';
  return readFileSync(join(root, 'examples/ways', way, file), 'utf8');
}

/** What GitHub's own parser says of a workflow. */
async function complaints(content: string): Promise<readonly string[]> {
  const { context, value } = parseWorkflow({ name: 'workflow.yml', content }, new NoOperationTraceWriter());
  if (value !== undefined) await convertWorkflowTemplate(context, value);
  return context.errors.getErrors().map(({ message }) => message);
}

describe('examples/ways', () => {
  test.each(ways.flatMap((way) => allProviders.map(({ name }) => [way, name] as const)))(
    'the pipeline of way %s for %s is the one that the config gives',
    async (way, service) => {
      const folder = join(root, 'examples/ways', way);
      const request = { service, folder, root: folder, isReusable: false, program: `polyarch@${version}` };

      const { diff, former, text } = await renderPipeline(request, createHost({ emit: () => undefined }));

      expect(diff).toBe('');
      expect(former).toBe(text);
    },
  );

  test('holds every way', () => {
    expect(readdirSync(join(root, 'examples/ways')).sort()).toEqual(ways);
  });
});

describe('the workflows of GitHub', () => {
  test.each(ways)('of way %s are accepted by its own parser', async (way) => {
    expect(await complaints(committed(way, 'github'))).toEqual([]);
  });

  test('are refused by it when a job needs one that is not there', async () => {
    const broken = committed('e', 'github').replace('needs: [plan, build]', 'needs: [plan, biuld]');

    expect(await complaints(broken)).not.toEqual([]);
  });

  test.each(['a', 'e'])('of way %s have at most half of the 300 lines of those that they replace', (way) => {
    expect(committed(way, 'github').split('\n').length - 1).toBeLessThanOrEqual(150);
  });

  test.each(ways)('of way %s use no action but by a whole commit, and give no right by default', (way) => {
    const text = committed(way, 'github');
    const workflow = parse(text) as { readonly permissions: object; readonly jobs: Readonly<Record<string, object>> };

    for (const [, use] of text.matchAll(/uses: (.+)/g)) expect(use).toMatch(/@[0-9a-f]{40} # v[\d.]+$/);
    expect(workflow.permissions).toEqual({});
    for (const job of Object.values(workflow.jobs)) {
      expect(job).toHaveProperty('permissions');
      expect(job).toHaveProperty('timeout-minutes');
    }
  });

  test.each(ways)('of way %s never put what a stranger can write into a script', (way) => {
    const scripts = [...committed(way, 'github').matchAll(/run: (.+)/g)].map(([, script = '']) => script);

    expect(scripts.length).toBeGreaterThan(2);
    for (const script of scripts) expect(script).not.toMatch(/\$\{\{[^}]*(?:head|title|body|ref\b|actor|matrix)/);
  });
});

describe('the pipelines of GitLab', () => {
  interface GitlabJob {
    readonly stage: string;
    readonly needs?: readonly string[];
    readonly script: readonly unknown[];
    readonly parallel?: { readonly matrix: readonly object[] };
  }

  test.each(ways)('of way %s are whole: stages, needs, scripts and a matrix within the limits', (way) => {
    const pipeline = parse(committed(way, 'gitlab')) as Readonly<Record<string, unknown>>;
    const words = ['stages', 'workflow', 'variables', 'default'];
    const jobs = Object.entries(pipeline).filter(([name]) => !words.includes(name)) as [string, GitlabJob][];

    expect(Object.keys(pipeline).slice(0, 4)).toEqual(words);
    for (const [, job] of jobs) {
      expect(pipeline['stages']).toContain(job.stage);
      for (const need of job.needs ?? []) expect(Object.keys(pipeline)).toContain(need);
      for (const line of job.script) expect(typeof line).toBe('string');
      expect(job.parallel?.matrix.length ?? 1).toBeLessThanOrEqual(200);
    }
  });

  test('never cancel a job that publishes, and let no two publish at once', () => {
    const { publish, default: usual } = parse(committed('e', 'gitlab')) as Record<string, Record<string, unknown>>;

    expect(publish).toMatchObject({ interruptible: false, resource_group: 'polyarch-publish' });
    expect(usual).toMatchObject({ interruptible: true });
  });
});

describe('the pipelines of Jenkins', () => {
  test.each(ways)('of way %s are balanced, and every section stands where it may', (way) => {
    const text = committed(way, 'jenkins');

    expect(findMisplaced(parseGroovy(text))).toEqual([]);
  });

  test('would be refused with a section in a wrong place, or a brace too few', () => {
    const text = committed('e', 'jenkins');

    expect(findMisplaced(parseGroovy(text.replace('      steps {', '      stepps {')))).toEqual([
      '"stepps" stands in stage',
      'a stage does nothing',
    ]);
    expect(() => parseGroovy(text.replace('agent none', 'agent none }'))).toThrow('not opened');
    expect(() => parseGroovy(text.replace("unstash 'plan'", "unstash 'plan"))).toThrow('never closed');
  });
});
