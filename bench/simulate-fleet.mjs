// A fleet of builders in virtual time: the real schedule decides, durations and failures are drawn by a seeded generator.
// Used by bench/scheduling.mjs and by the unit test of the schedule.

/** Runs a schedule against a scenario; nothing waits, so an hour takes as long as its events. */
export function simulateFleet(schedule, scenario) {
  const { cells, builders, losses, random } = scenario;
  const world = {
    schedule,
    scenario,
    queue: new EventQueue(),
    dead: new Set(),
    running: new Map(),
    works: new Map(cells.map(({ id }) => [id, { usefulMs: 0, chainMs: 0, wastedMs: 0 }])),
    slots: slotsOf(builders),
    held: new Map(),
    counts: { built: 0, givenUp: 0, attempts: 0, excess: 0 },
    random,
  };
  for (const loss of losses) {
    world.queue.push(loss.atMs, { kind: 'dies', place: loss.place });
    if (loss.backMs !== undefined) world.queue.push(loss.backMs, { kind: 'revives', place: loss.place });
  }
  let nowMs = 0;
  act(world, schedule.take({ kind: 'time' }, nowMs), nowMs);
  while (!schedule.isDone) {
    const wakeMs = schedule.wakeMs(nowMs);
    const next = world.queue.peekMs();
    if (wakeMs !== undefined && (next === undefined || wakeMs < next)) {
      nowMs = wakeMs;
      act(world, schedule.take({ kind: 'time' }, nowMs), nowMs);
      continue;
    }
    if (next === undefined) throw new Error('The simulated fleet waits for nothing');
    nowMs = next;
    happen(world, world.queue.pop(), nowMs);
  }
  return summarize(world, nowMs);
}

function act(world, decisions, nowMs) {
  for (const decision of decisions) {
    if (decision.kind === 'start') start(world, decision, nowMs);
    else if (decision.kind === 'rest') world.works.get(decision.cell.id).chainMs += decision.delayMs;
    else if (decision.kind === 'give-up') world.counts.givenUp += 1;
    else if (decision.kind === 'probe') world.queue.push(nowMs + 1000, { kind: 'probed', place: decision.place });
  }
}

function start(world, { cell, placement }, nowMs) {
  const place = nameOf(placement);
  world.counts.attempts += 1;
  hold(world, placement, 1);
  const emulates = placement.route.kind === 'emulated' && cell.route.kind !== 'emulated';
  const fullMs = world.scenario.actualMs.get(cell.id) * (emulates ? 10 : 1);
  const fails = world.random() * 100 < world.scenario.transientPercent;
  const attempt = { cell, place, placement, startedMs: nowMs, kind: 'ends', failure: fails ? 'transient' : undefined };
  if (world.dead.has(place)) attempt.failure = 'node-lost';
  const tookMs = world.dead.has(place) ? 1000 : fails ? fullMs * world.random() : fullMs;
  world.running.set(cell.id, attempt);
  world.queue.push(nowMs + tookMs, attempt);
}

function happen(world, event, nowMs) {
  const { schedule } = world;
  if (event.kind === 'ends') {
    if (world.running.get(event.cell.id) === event) end(world, event, nowMs);
  } else if (event.kind === 'dies') {
    world.dead.add(event.place);
    for (const attempt of [...world.running.values()].filter(({ place }) => place === event.place))
      end(world, { ...attempt, failure: 'node-lost' }, nowMs);
  } else if (event.kind === 'revives') {
    world.dead.delete(event.place);
  } else {
    const isAlive = !world.dead.has(nameOf(event.place));
    act(world, schedule.take({ kind: 'probed', place: event.place, isAlive }, nowMs), nowMs);
  }
}

function end(world, { cell, placement, startedMs, failure }, nowMs) {
  world.running.delete(cell.id);
  hold(world, placement, -1);
  const work = world.works.get(cell.id);
  const tookMs = nowMs - startedMs;
  work.chainMs += tookMs;
  if (failure === undefined) {
    work.usefulMs = tookMs;
    world.counts.built += 1;
    act(world, world.schedule.take({ kind: 'built', cell: cell.id }, nowMs), nowMs);
  } else {
    work.wastedMs += tookMs;
    const event = { kind: 'failed', cell: cell.id, failure, chance: world.random() };
    act(world, world.schedule.take(event, nowMs), nowMs);
  }
}

function hold(world, { builder, node }, change) {
  for (const name of node === undefined ? [builder] : [builder, `${builder}/${node}`]) {
    const count = (world.held.get(name) ?? 0) + change;
    world.held.set(name, count);
    const excess = count - world.slots.get(name);
    if (excess > world.counts.excess) world.counts.excess = excess;
  }
}

/**
 * The bounds: for the cells that only a set of nodes can build, the earliest moment at which the slots of these nodes, less
 * those that are lost, sum up to the work. No schedule of any kind is shorter than the largest of these and the longest
 * chain of one cell.
 */
function summarize(world, makespanMs) {
  const { cells, losses } = world.scenario;
  const families = new Map();
  for (const cell of cells) {
    const places = [cell, ...(cell.alternatives ?? [])].map(nameOf).sort();
    families.set(places.join(' '), places);
  }
  families.set(
    '',
    [...world.slots.keys()].filter((name) => isLeaf(name, world.slots)),
  );
  let usefulBoundMs = 0;
  let boundMs = 0;
  for (const places of families.values()) {
    const among = new Set(places);
    const own = cells.filter((cell) => [cell, ...(cell.alternatives ?? [])].every((one) => among.has(nameOf(one))));
    const works = own.map(({ id }) => world.works.get(id));
    const usefulMs = works.reduce((sum, work) => sum + work.usefulMs, 0);
    const allMs = works.reduce((sum, work) => sum + work.usefulMs + work.wastedMs, 0);
    const capacity = capacityOf(among, world.slots, losses);
    usefulBoundMs = Math.max(usefulBoundMs, earliest(capacity, usefulMs), ...works.map((work) => work.usefulMs));
    boundMs = Math.max(boundMs, earliest(capacity, allMs), ...works.map((work) => work.chainMs));
  }
  const wastedMs = [...world.works.values()].reduce((sum, work) => sum + work.wastedMs, 0);
  return { makespanMs, ...world.counts, wastedMs, usefulBoundMs, boundMs };
}

/** When slots come and go. */
function capacityOf(places, slots, losses) {
  const total = [...places].reduce((sum, name) => sum + slots.get(name), 0);
  const changes = losses
    .filter(({ place }) => places.has(place))
    .flatMap(({ place, atMs, backMs }) => [
      { ms: atMs, change: -slots.get(place) },
      ...(backMs === undefined ? [] : [{ ms: backMs, change: slots.get(place) }]),
    ])
    .sort((a, b) => a.ms - b.ms);
  return { total, changes };
}

function earliest({ total, changes }, workMs) {
  let atMs = 0;
  let slots = total;
  let leftMs = workMs;
  for (const { ms, change } of changes) {
    const doneMs = (ms - atMs) * slots;
    if (doneMs >= leftMs) break;
    leftMs -= doneMs;
    atMs = ms;
    slots += change;
  }
  return slots === 0 ? atMs : atMs + leftMs / slots;
}

function slotsOf(builders) {
  return new Map(
    builders.flatMap(({ name, slots, nodes }) => [
      [name, slots],
      ...(nodes.length < 2 ? [] : nodes.map((node) => [`${name}/${node.name}`, Math.ceil(slots / nodes.length)])),
    ]),
  );
}

function isLeaf(name, slots) {
  return name.includes('/') || ![...slots.keys()].some((other) => other.startsWith(`${name}/`));
}

function nameOf({ builder, node }) {
  return node === undefined ? builder : `${builder}/${node}`;
}

/** Events by time, those of one time in the order they came. */
class EventQueue {
  #heap = [];
  #count = 0;

  push(ms, event) {
    const heap = this.#heap;
    heap.push({ ms, order: this.#count++, event });
    for (let at = heap.length - 1; at > 0; ) {
      const parent = (at - 1) >> 1;
      if (!isBefore(heap[at], heap[parent])) break;
      [heap[at], heap[parent]] = [heap[parent], heap[at]];
      at = parent;
    }
  }

  peekMs() {
    return this.#heap[0]?.ms;
  }

  pop() {
    const heap = this.#heap;
    const { event } = heap[0];
    const last = heap.pop();
    if (heap.length > 0) heap[0] = last;
    for (let at = 0; ; ) {
      const children = [2 * at + 1, 2 * at + 2].filter((child) => child < heap.length);
      const least = children.reduce((best, child) => (isBefore(heap[child], heap[best]) ? child : best), at);
      if (least === at) return event;
      [heap[at], heap[least]] = [heap[least], heap[at]];
      at = least;
    }
  }
}

function isBefore(a, b) {
  return a.ms < b.ms || (a.ms === b.ms && a.order < b.order);
}

/** Shares of the nodes and of the cells; the nodes of the first two build what nothing runs natively, too. */
const kinds = [
  { platforms: [{ platform: 'linux/amd64', share: 0.4 }], nodeShare: 0.48 },
  {
    platforms: [
      { platform: 'linux/arm64', share: 0.3 },
      { platform: 'linux/arm/v7', share: 0.1 },
    ],
    nodeShare: 0.36,
  },
  { platforms: [{ platform: 'linux/s390x', share: 0.05 }], nodeShare: 0.08 },
  { platforms: [{ platform: 'linux/ppc64le', share: 0.05 }], nodeShare: 0.08 },
];
const emulated = { platform: 'linux/riscv64', share: 0.1 };

export function largeScenario({ cells: cellCount = 2000, nodes: nodeCount = 50, seed = 1, planned = 'spread' } = {}) {
  const random = seeded(seed);
  const builders = kinds.map(({ nodeShare }, at) => builderOf(`farm${at}`, Math.round(nodeCount * nodeShare), random));
  const nodesOf = (at) => builders[at].nodes.map(({ name }) => ({ builder: builders[at].name, node: name }));
  const actualMs = new Map();
  const cells = [];
  function addCells(platform, count, { places, kind }) {
    for (let at = 0; at < count; at++) {
      const cell = cellOf(`app/v${at}/${platform}`, platform, {
        places: planned === 'spread' ? rotate(places, at) : places,
        kind,
      });
      const realMs = Math.min(longestMs, durationMs(random) * (kind === 'emulated' ? 3 : 1));
      actualMs.set(cell.id, realMs);
      // A tenth was never built; the others take what they took, give or take a fifth.
      cells.push(random() < 0.1 ? cell : { ...cell, estimateMs: realMs * (0.8 + 0.4 * random()) });
    }
  }
  kinds.forEach(({ platforms }, at) => {
    for (const { platform, share } of platforms)
      addCells(platform, Math.round(cellCount * share), { places: nodesOf(at), kind: 'native' });
  });
  const everywhere = [...nodesOf(0), ...nodesOf(1)];
  addCells(emulated.platform, Math.round(cellCount * emulated.share), { places: everywhere, kind: 'emulated' });
  return { cells, builders, actualMs, losses: lossesOf(builders, random), transientPercent: 5, random };
}

function builderOf(name, nodeCount, random) {
  const share = 1 + Math.floor(random() * 4);
  const nodes = Array.from({ length: Math.max(2, nodeCount) }, (_, at) => ({
    name: `n${at}`,
    endpoint: `tcp://${name}-${at}:1234`,
    state: 'ready',
    native: [],
    emulated: [],
    canPushByDigest: true,
  }));
  return { name, driver: 'remote', state: 'ready', slots: share * nodes.length, options: {}, nodes };
}

/** One node of each kind is lost for good, and one for a while. */
function lossesOf(builders, random) {
  return builders.flatMap(({ name, nodes }) => {
    const atMs = (5 + 20 * random()) * 60_000;
    const lost = { place: `${name}/${nodes[0].name}`, atMs };
    if (nodes.length < 4) return [{ ...lost, backMs: atMs + 300_000 }];
    return [lost, { place: `${name}/${nodes[1].name}`, atMs: atMs / 2, backMs: atMs / 2 + 300_000 }];
  });
}

function cellOf(id, platform, { places, kind }) {
  const route = { kind, reason: 'simulated' };
  const [first, ...others] = places.map((place) => ({ ...place, route }));
  return {
    id,
    image: 'app',
    variant: '',
    platform,
    optional: false,
    ...first,
    alternatives: others,
    limits: { retryCount: 3 },
    recipe: {},
  };
}

function rotate(list, by) {
  const at = by % list.length;
  return [...list.slice(at), ...list.slice(0, at)];
}

/** No build takes longer. */
const longestMs = 40 * 60_000;

/** Log-normal, as build times are: half below three minutes, a tenth above eleven, none above forty. */
function durationMs(random) {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Math.min(longestMs, 3 * 60_000 * Math.exp(normal));
}

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
function seeded(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
