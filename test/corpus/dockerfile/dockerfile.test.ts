import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseDockerfile } from '../../../src/dockerfile/parse-dockerfile.ts';
import { platformArgs } from '../../../src/dockerfile/platform-args.ts';
import { resolveStages } from '../../../src/dockerfile/resolve-stages.ts';
import { isFault } from '../../../src/errors/fault.ts';

/** What is told of a Dockerfile: its warnings, or the code, place and message of the fault. */
function told(path: string): string {
  try {
    const dockerfile = parseDockerfile(readFileSync(path, 'utf8'));
    const linux = { os: 'linux', architecture: 'amd64' };
    resolveStages(dockerfile, { platformArgs: platformArgs(linux, linux) });
    return dockerfile.warnings.map(({ message }) => `${message}\n`).join('');
  } catch (error) {
    if (!isFault(error)) throw error;
    const { line, column } = error.where;
    return `${error.code} ${line ?? ''}:${column ?? ''}\n${error.message}\n`;
  }
}

function cases(folder: string): readonly string[] {
  const names = readdirSync(join(import.meta.dirname, folder));
  return names.filter((name) => name.endsWith('.Dockerfile')).map((name) => name.replace(/\.Dockerfile$/, ''));
}

describe('the corpus of Dockerfiles', () => {
  test.each(cases('ok'))('ok/%s is silent', (name) => {
    expect(told(join(import.meta.dirname, `ok/${name}.Dockerfile`))).toBe('');
  });

  test.each(cases('err'))('err/%s is refused with its message', (name) => {
    const expected = readFileSync(join(import.meta.dirname, `err/${name}.txt`), 'utf8');

    expect(told(join(import.meta.dirname, `err/${name}.Dockerfile`))).toBe(expected);
  });
});
