import { describe, expect, test } from 'vitest';
import type { Fault } from '../../../src/errors/fault.ts';
import { decodePlan } from '../../../src/plan/decode-plan.ts';
import type { Plan } from '../../../src/plan/plan.ts';
import { relocatePlan } from '../../../src/plan/relocate-plan.ts';
import { changeJson, type JsonPath } from '../../support/change-json.ts';
import { planOf } from '../../support/plan-facts.ts';

const yaml = `
image: ghcr.io/acme/app
context: .
platforms: [linux/amd64, {platform: linux/arm/v7, optional: true, carryForward: 30d}]
variants: {python: {args: {BASE: python}, default: true}, java: {args: {BASE: java}}}
secrets: [{id: npm, file: secrets/npm}]
contexts: {shared: ../shared, tools: oci-layout://tools, far: docker-image://alpine}
`;

function plan(): Plan {
  return planOf(yaml, { push: true });
}

/** The plan as JSON, perhaps changed at one place. */
function written(path?: JsonPath, value?: unknown): Uint8Array {
  const json: unknown = JSON.parse(JSON.stringify(plan()));
  return Buffer.from(JSON.stringify(path === undefined ? json : changeJson(json, path, value)));
}

function messageOf(input: Uint8Array): string {
  try {
    decodePlan(input);
    return 'decoded';
  } catch (fault) {
    return (fault as Fault).message; // Only faults are thrown
  }
}

describe('decodePlan', () => {
  test('gives the plan that was written', () => {
    expect(decodePlan(written())).toEqual(plan());
  });

  test.each<readonly [string, JsonPath, unknown, string]>([
    ['a run id that leads elsewhere', ['runId'], '../../etc', '$.runId is "../../etc"'],
    ['a path with steps back', ['cells', 0, 'recipe', 'context'], '/project/../etc', '.recipe.context is'],
    ['a relative path', ['cells', 0, 'recipe', 'dockerfile'], 'Dockerfile', '.recipe.dockerfile is'],
    ['a secret with steps back', ['cells', 0, 'recipe', 'secrets', 0, 'file'], '/a/../b', '.secrets[0].file is'],
    ['a cell twice', ['cells', 1, 'id'], 'app/python/linux/amd64', 'expected an id that no other cell has'],
    ['a release of unknown cells', ['releases', 0, 'cells', 0], 'other', 'expected cells of the plan'],
    ['another version', ['version'], 2, '$.version is 2, expected 1'],
    ['an unknown kind of place', ['releases', 0, 'destinations', 0, 'kind'], 'ftp', '.destinations[0].kind is "ftp"'],
    ['a route of its own', ['cells', 1, 'route', 'kind'], 'magic', '.route.kind is "magic"'],
    ['no releases', ['releases'], undefined, '$.releases is'],
  ])('refuses %s', (_name, path, value, message) => {
    expect(messageOf(written())).toBe('decoded');
    expect(messageOf(written(path, value))).toContain(message);
  });

  test('refuses what is no object', () => {
    expect(messageOf(Buffer.from('[]'))).toContain('expected an object');
    expect(messageOf(Buffer.from('{'))).toContain('it is not JSON');
  });
});

describe('relocatePlan', () => {
  test('moves what lies in the folder and beside it, and leaves the rest', () => {
    const [cell] = relocatePlan(plan(), '/builds/7/app').cells;

    expect(cell?.recipe).toMatchObject({
      context: '/builds/7/app',
      dockerfile: '/builds/7/app/Dockerfile',
      secrets: [{ id: 'npm', file: '/builds/7/app/secrets/npm' }],
      contexts: { tools: 'oci-layout:///builds/7/app/tools', far: 'docker-image://alpine' },
    });
  });

  test('moves a context above the folder along, and no path of another tree', () => {
    const there = planOf(
      'context: ..\nplatforms: [linux/amd64]',
      {},
      { root: '/src/repo/app', dockerfiles: { '/src/repo/Dockerfile': 'FROM scratch\nCOPY . /\n' } },
    );
    const withSecret: Plan = {
      ...there,
      cells: there.cells.map((cell) => ({
        ...cell,
        recipe: { ...cell.recipe, secrets: [{ id: 'token', file: '/run/secrets/token' }] },
      })),
    };

    const [cell] = relocatePlan(withSecret, '/builds/7/app').cells;

    expect(cell?.recipe.context).toBe('/builds/7');
    expect(cell?.recipe.secrets).toEqual([{ id: 'token', file: '/run/secrets/token' }]);
  });

  test('moves where releases are written', () => {
    const there = planOf('platforms: [linux/amd64]');

    const [release] = relocatePlan(there, '/elsewhere').releases;

    expect(release?.destinations).toMatchObject([{ kind: 'oci', path: '/elsewhere/.polyarch/project' }]);
  });

  test('is the same plan at the same place', () => {
    const there = plan();

    expect(relocatePlan(there, '/project')).toBe(there);
    expect(relocatePlan(relocatePlan(there, '/elsewhere/app'), '/project').cells[0]?.recipe.context).toBe('/project');
  });
});
