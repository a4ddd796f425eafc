import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { actions, formatAction } from '../../../src/ci/actions.ts';

const root = join(import.meta.dirname, '../../..');
const text = readFileSync(join(root, 'action.yml'), 'utf8');

interface ActionText {
  readonly inputs: Readonly<Record<string, { readonly default: string }>>;
  readonly runs: {
    readonly using: string;
    readonly steps: readonly { readonly run?: string; readonly shell?: string }[];
  };
}

describe('action.yml', () => {
  const action = parse(text) as ActionText;

  test('runs the version of this package, on the Node that pipelines use', () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { readonly version: string };

    expect(action.inputs['version']?.default).toBe(version);
    expect(text).toContain(`uses: ${formatAction(actions.setupNode)}\n`);
  });

  test('reads no input as a part of a script', () => {
    const scripts = action.runs.steps.filter(({ run }) => run !== undefined);

    expect(action.runs.using).toBe('composite');
    expect(scripts).toHaveLength(1);
    for (const { run, shell } of scripts) {
      expect(run).not.toContain('${{');
      expect(shell).toBe('bash');
    }
  });
});
