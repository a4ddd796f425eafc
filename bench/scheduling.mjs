// How near the schedule of cells comes to the shortest possible run: 2,000 cells on 50 nodes in virtual time, with durations
// drawn log-normally, estimates that are a fifth off, a tenth of the cells never built before, one attempt in twenty failing by
// something that passes, and nodes that are lost, some for good and some for five minutes.
//   npm run build && node bench/scheduling.mjs [SCENARIOS]
//
// Two lower bounds. "work done": the slot time of the attempts that gave a part, over the slots that were there; no failure is
// counted at all, so no schedule can reach it. "all work": the slot time that failures took is work, too, and a cell's attempts
// and back-offs follow one another; where each of a cell's failures happens is drawn, not chosen by the schedule. Both take
// the hardest of all sets of cells that only some nodes can build, and the longest cell.
import { largeScenario, simulateFleet } from './simulate-fleet.mjs';

const { Schedule } = await import('../dist/engine/buildkit/loop/schedule.js');

const scenarios = Number(process.argv[2] ?? 6);
const goal = 1.1;
const results = [];
for (const planned of ['spread', 'first']) {
  for (let seed = 1; seed <= scenarios / 2; seed++) results.push(measure({ planned, seed }));
}
report('all work (goal: 1.10)', (result) => result.makespanMs / result.boundMs);
report('work done', (result) => result.makespanMs / result.usefulBoundMs);
const slowest = Math.max(...results.map(({ usedMs }) => usedMs));
console.log(
  `${slowest.toFixed(0).padStart(7)} ms of processor time the schedule took at most, for 2,000 cells on 50 nodes`,
);
const wrong = results.filter(({ excess, built, givenUp }) => excess > 0 || built + givenUp !== 2000);
const late = results.filter(({ makespanMs, boundMs }) => makespanMs > goal * boundMs);
console.log(`${String(late.length).padStart(7)} of ${results.length} runs above the goal, ${wrong.length} wrong`);
process.exitCode = late.length + wrong.length === 0 ? 0 : 1;

function measure(options) {
  const scenario = largeScenario(options);
  let usedMs = 0;
  let start = process.cpuUsage();
  const schedule = new Schedule(scenario.cells, scenario.builders);
  usedMs += processorMs(start);
  const timed = {
    get isDone() {
      return schedule.isDone;
    },
    wakeMs: (nowMs) => schedule.wakeMs(nowMs),
    take: (event, nowMs) => {
      start = process.cpuUsage();
      const decisions = schedule.take(event, nowMs);
      usedMs += processorMs(start);
      return decisions;
    },
  };
  const result = simulateFleet(timed, scenario);
  const minutes = (result.makespanMs / 60_000).toFixed(0);
  const ratio = (result.makespanMs / result.boundMs).toFixed(3);
  const lost = result.attempts - result.built;
  console.log(`${ratio} x  ${minutes} min, ${lost} failed attempts, planned ${options.planned}, seed ${options.seed}`);
  return { ...result, usedMs };
}

function processorMs(start) {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

function report(name, ratioOf) {
  const ratios = results.map(ratioOf).sort((a, b) => a - b);
  const median = ratios[Math.floor(ratios.length / 2)];
  console.log(`${median.toFixed(3).padStart(7)} x  the lower bound of ${name}; worst ${ratios.at(-1).toFixed(3)}`);
}
