import type { RunnerHint } from './project-files.ts';
import { listOf, mapOf, type PlainMap, readPlainYaml, textOf, textsOf } from './read-plain-yaml.ts';

/** Labels of runners that a workflow names: they tell which native machines there are. */
export function readRunners(path: string, text: string): RunnerHint | undefined {
  const said = text.replace(/(^|\s)#.*$/gm, '');
  const labels = [...new Set(said.match(/\b(?:blacksmith-[\w-]+|ubuntu-[\d.]+(?:-arm)?|ubuntu-latest)(?![\w.-])/g))];
  const arm = labels.find((label) => /-arm$/.test(label));
  const amd = labels.find((label) => !/-arm$/.test(label));
  const runners = {
    ...(amd === undefined ? {} : { 'linux/amd64': amd }),
    ...(arm === undefined ? {} : { 'linux/arm64': arm }),
    ...pairedRunners(text),
  };
  if (Object.keys(runners).length === 0) return undefined;
  const isBlacksmith = labels.some((label) => label.startsWith('blacksmith-'));
  return { origin: path, runners, ...(isBlacksmith ? { provider: 'blacksmith' } : {}) };
}

/** What rows of a matrix say of a platform and the runner beside it. */
function pairedRunners(text: string): Readonly<Record<string, string | readonly string[]>> {
  const jobs = Object.values(mapOf(readPlainYaml(text)['jobs'])).map(mapOf);
  return Object.fromEntries(jobs.flatMap((job) => rowsOf(job).flatMap((row) => pairOf(row, runnerKeyOf(job)))));
}

function rowsOf(job: PlainMap): readonly PlainMap[] {
  const { include } = mapOf(mapOf(job['strategy'])['matrix']);
  return listOf(include).map(mapOf);
}

/** `runner` of `runs-on: ${{ matrix.runner }}`. */
function runnerKeyOf(job: PlainMap): string {
  return /^\$\{\{\s*matrix\.([\w-]+)\s*\}\}$/.exec(textOf(job['runs-on']) ?? '')?.[1] ?? '';
}

function pairOf(row: PlainMap, key: string): readonly (readonly [string, string | readonly string[]])[] {
  const labels = textsOf(row[key]);
  const platform = Object.values(row)
    .map((value) => textOf(value) ?? '')
    .find((value) => /^linux\/[a-z0-9]+(?:\/v\d)?$/.test(value));
  const [only] = labels;
  if (platform === undefined || only === undefined) return [];
  return [[platform, labels.length === 1 ? only : labels]];
}
