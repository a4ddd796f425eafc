// Publishes six parts that lie in a repository by digest under three new tags there: `polyarch publish`, with preflight,
// proof and every read-back, beside `docker buildx imagetools create`, which does none of these. In turns, on one machine.
// Build first: npm run build. Usage: node bench/publish.mjs [rounds=9]
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startBench } from './peers.mjs';

const rounds = Number(process.argv[2] ?? 9);
const program = process.env['POLYARCH_BENCH_PROGRAM'] ?? fileURLToPath(new URL('../dist/bin.js', import.meta.url));
const platforms = 'linux/amd64,linux/arm64,linux/arm/v7,linux/ppc64le,linux/s390x,linux/riscv64';

const folder = mkdtempSync(join(tmpdir(), 'polyarch-publish-bench-'));
const peer = await startBench(folder);
try {
  if (peer === undefined) console.log('publish was not measured: no engine and no registry could be started here');
  else main(peer);
} finally {
  await peer?.stop();
  rmSync(folder, { recursive: true, force: true });
}

function main({ env: engineEnv, registry }) {
  const env = { ...engineEnv, POLYARCH_CACHE_DIR: join(folder, 'cache') };
  const repository = `${registry}/bench/publish`;
  const { plan, parts, digests } = makeParts(repository, env);
  const times = { ours: [], theirs: [] };
  for (let round = 0; round < rounds; round++) {
    const tags = ['a', 'b', 'c'].map((tag) => `${round}-${tag}`);
    const file = planWith(
      plan,
      tags.map((tag) => `ours-${tag}`),
    );
    times.ours.push(seconds([process.execPath, program, 'publish', '--from', file, parts, '--progress', 'quiet'], env));
    const names = tags.flatMap((tag) => ['-t', `${repository}:theirs-${tag}`]);
    const sources = digests.map((digest) => `${repository}@${digest}`);
    times.theirs.push(seconds(['docker', 'buildx', 'imagetools', 'create', ...names, ...sources], env));
  }
  const { ours, theirs } = times;
  console.log(`Six parts, three tags, one docker-registry on this machine, ${rounds} rounds in turns:`);
  for (const [what, of] of Object.entries({ best: (all) => Math.min(...all), median })) {
    const [mine, others] = [of(ours), of(theirs)];
    const both = `polyarch publish ${mine.toFixed(3)} s, docker buildx imagetools create ${others.toFixed(3)} s`;
    console.log(`  ${what.padEnd(6)}  ${both}: ${(mine / others).toFixed(2)} x (goal: 1)`);
  }
}

/** Six parts in the repository, without a tag, as the jobs of a pipeline leave them. */
function makeParts(repository, env) {
  const project = join(folder, 'project');
  mkdirSync(project);
  writeFileSync(join(project, 'Dockerfile'), 'FROM scratch\nARG TARGETARCH\nCOPY Dockerfile /$TARGETARCH\n');
  run(
    [process.execPath, program, 'build', project, '--platform', platforms, '-t', `${repository}:parts`, '--push'],
    env,
  );
  const runs = join(project, '.polyarch/runs');
  const kept = join(runs, readdirSync(runs)[0]);
  const parts = join(folder, 'parts');
  mkdirSync(parts);
  const digests = readdirSync(join(kept, 'parts')).map((name) => {
    const record = JSON.parse(readFileSync(join(kept, 'parts', name), 'utf8'));
    record.outcome.part.location = repository;
    writeFileSync(join(parts, name), JSON.stringify(record));
    return record.outcome.part.manifest.digest;
  });
  return { plan: JSON.parse(readFileSync(join(kept, 'plan.json'), 'utf8')), parts, digests };
}

/** The plan of a pipeline that has its tags from its first job. */
function planWith(plan, tags) {
  const [release] = plan.releases;
  const [destination] = release.destinations;
  const file = join(folder, 'plan.json');
  writeFileSync(
    file,
    JSON.stringify({ ...plan, releases: [{ ...release, destinations: [{ ...destination, tags }] }] }),
  );
  return file;
}

function seconds(command, env) {
  const started = performance.now();
  run(command, env);
  return (performance.now() - started) / 1000;
}

function run([program, ...args], env) {
  const { status, stderr } = spawnSync(program, args, { env, cwd: join(folder, 'project'), encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}: ${stderr}`);
}

function median(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}
