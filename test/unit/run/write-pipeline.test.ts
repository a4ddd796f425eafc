import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isFault } from '../../../src/errors/fault.ts';
import { createHost } from '../../../src/host/create-host.ts';
import {
  checkPipeline,
  type PipelineRequest,
  renderPipeline,
  type WrittenPipeline,
  writePipeline,
} from '../../../src/run/write-pipeline.ts';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'polyarch-pipeline-'));
  mkdirSync(join(folder, '.git'));
  mkdirSync(join(folder, 'api'));
  writeFileSync(join(folder, 'api/Dockerfile'), 'FROM scratch\nCOPY go.mod /go.mod\n');
  writeFileSync(join(folder, 'api/go.mod'), 'module a\n');
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function render(changes: Partial<PipelineRequest> = {}): Promise<WrittenPipeline> {
  const request = {
    service: 'github',
    folder: 'api',
    isReusable: false,
    program: 'polyarch@1.2.3',
    ...changes,
  } as const;
  return renderPipeline(request, createHost({ workingDirectory: folder, emit: () => undefined }));
}

function codeOf(work: () => unknown): string {
  try {
    work();
    return 'no fault';
  } catch (problem) {
    return isFault(problem) ? problem.code : String(problem);
  }
}

describe('renderPipeline', () => {
  test('refuses more cells than one matrix of the service may have jobs, before it does so itself', async () => {
    function configOf(count: number): string {
      const variants = Array.from({ length: count }, (_, at) => `  v${at}: {}`).join('\n');
      return `platforms: [linux/amd64]\nvariants:\n${variants}\n`;
    }
    writeFileSync(join(folder, 'api/polyarch.yaml'), configOf(257));

    await expect(render()).rejects.toMatchObject({ code: 'PIPELINE_TOO_WIDE' });
    await expect(render({ service: 'jenkins' })).resolves.toBeDefined();

    writeFileSync(join(folder, 'api/polyarch.yaml'), configOf(256));
    await expect(render()).resolves.toBeDefined();
  });

  test('names the file at the root of the repository, and the paths from there', async () => {
    const { file, text } = await render();

    expect(file).toBe(join(folder, '.github/workflows/polyarch.yml'));
    expect(text).toContain('- api/go.mod\n');
    expect(text).toContain('plan api ');
  });

  test('takes another root and another file where they are named', async () => {
    const { file, text } = await render({ root: 'api', out: 'ci.yml' });

    expect(file).toBe(join(folder, 'ci.yml'));
    expect(text).toContain('plan . ');
  });

  test('refuses a pipeline that others call where the service knows none', async () => {
    await expect(render({ service: 'gitlab', isReusable: true })).rejects.toMatchObject({
      code: 'PIPELINE_NOT_REUSABLE',
    });
    await expect(render({ isReusable: true })).resolves.toMatchObject({
      diff: expect.stringContaining('workflow_call') as string,
    });
  });
});

describe('writePipeline', () => {
  test('writes a new file, and then finds it current', async () => {
    const pipeline = await render();
    await writePipeline(pipeline, { isForced: false });

    const again = await render();

    expect(readFileSync(pipeline.file, 'utf8')).toBe(pipeline.text);
    expect(again.diff).toBe('');
    expect(codeOf(() => checkPipeline(again))).toBe('no fault');
  });

  test('replaces what polyarch wrote, and nothing else unless it is forced', async () => {
    const { file, text } = await render({ out: 'ci.yml' });
    writeFileSync(file, text.replace('timeout-minutes: 60', 'timeout-minutes: 61'));
    await writePipeline(await render({ out: 'ci.yml' }), { isForced: false });
    expect(readFileSync(file, 'utf8')).toBe(text);

    writeFileSync(file, 'name: mine\n');
    const foreign = await render({ out: 'ci.yml' });
    await expect(writePipeline(foreign, { isForced: false })).rejects.toMatchObject({ code: 'PIPELINE_FOREIGN' });
    expect(readFileSync(file, 'utf8')).toBe('name: mine\n');
    await writePipeline(foreign, { isForced: true });
    expect(readFileSync(file, 'utf8')).toBe(text);
  });
});

describe('checkPipeline', () => {
  test('fails with the difference when the file is another, and where there is none', async () => {
    const missing = await render();
    expect(codeOf(() => checkPipeline(missing))).toBe('PIPELINE_OUTDATED');
    expect(existsSync(missing.file)).toBe(false);

    await writePipeline(missing, { isForced: false });
    writeFileSync(missing.file, missing.text.replace('contents: read', 'contents: write'));

    const changed = await render();
    expect(codeOf(() => checkPipeline(changed))).toBe('PIPELINE_OUTDATED');
    expect(changed.diff).toMatch(/^-.*contents: write.*\n\+.*contents: read/m);
  });

  test('does not mind how lines end', async () => {
    const pipeline = await render();
    mkdirSync(join(folder, '.github/workflows'), { recursive: true });
    writeFileSync(pipeline.file, pipeline.text.replaceAll('\n', '\r\n'));

    const read = await render();

    expect(codeOf(() => checkPipeline(read))).toBe('no fault');
  });
});
