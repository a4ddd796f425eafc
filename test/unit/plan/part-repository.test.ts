import { describe, expect, test } from 'vitest';
import { planOf } from '../../support/plan-facts.ts';

function repositoriesOf(more: string): readonly (string | undefined)[] {
  const config = `repositories: [{name: registry.internal/app${more}}, ghcr.io/acme/app]\nplatforms: [linux/amd64]\n`;
  return planOf(config, { push: true }).cells.map(({ repository }) => repository);
}

describe('the repository of a part', () => {
  test('is the primary one', () => {
    expect(repositoriesOf('')).toEqual(['registry.internal/app']);
  });

  test('is none where the primary one is reached insecurely: builders know nothing of that', () => {
    expect(repositoriesOf(', insecure: true')).toEqual([undefined]);
  });
});
