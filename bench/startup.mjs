// How long the program takes to say something, beside `node -e 0`, in turns on one machine: node bench/startup.mjs [ROUNDS]
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../dist/bin.js', import.meta.url));
const rounds = Number(process.argv[2] ?? 20);
const runs = [
  ['node -e 0', ['-e', '0']],
  ['polyarch --version', [program, '--version']],
  ['polyarch --help', [program, '--help']],
  ['polyarch help build', [program, 'help', 'build']],
].map(([name, args]) => ({ name, args, times: [] }));

for (let round = 0; round < rounds; round += 1) {
  for (const { args, times } of runs) times.push(timeOf(args));
}
const [base] = runs.map(({ times }) => Math.min(...times));
console.log(`best and median of ${rounds}, in ms; the ratio is that of the best\n`);
for (const { name, times } of runs) {
  const sorted = times.toSorted((a, b) => a - b);
  const [best, median] = [sorted[0], sorted[Math.floor(sorted.length / 2)]];
  console.log(
    `${name.padEnd(22)}${best.toFixed(0).padStart(6)}${median.toFixed(0).padStart(8)}   x ${(best / base).toFixed(2)}`,
  );
}

function timeOf(args) {
  const start = performance.now();
  const { status } = spawnSync(process.execPath, args, { stdio: 'ignore' });
  if (status !== 0) throw new Error(`node ${args.join(' ')} ended with ${status}`);
  return performance.now() - start;
}
