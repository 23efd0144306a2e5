import type { Kind } from './coverage.js';
import { checkGoodJobs } from './good-jobs.js';
import type { Violation } from './judge.js';
import { unleash } from './nemesis.js';
import { drawPlan, type Plan } from './plan.js';
import type { Plant } from './plant.js';
import { World } from './world.js';

export interface SeedOptions {
  readonly plant?: Plant;
  readonly trace?: (line: string) => void;
}

export interface SeedOutcome {
  readonly seed: number;
  readonly ok: boolean;
  readonly violations: readonly Violation[];
  /** The same seed has the same, always. */
  readonly traceHash: string;
  /** Virtual time it took, and how much of it after the faults were over. */
  readonly virtualMs: number;
  readonly drainMs: number;
  readonly coverage: ReadonlyMap<Kind, number>;
}

/** Plays one world from its first job to the last and judges it. */
export async function runSeed(seed: number, options: SeedOptions = {}): Promise<SeedOutcome> {
  const plan = drawPlan(seed);
  const world = new World(plan, options);
  world.start();
  unleash(world);
  await world.pass(plan.faultsMs);
  world.heal();
  const healedMs = world.now();
  await drain(world);
  const drainMs = world.now() - healedMs;
  if (world.dice.chance(0.3)) await reviveOnce(world);
  await lastLook(world);
  if (plan.untilPruned) await prune(world);
  const { violations } = world.judge;
  return {
    seed,
    ok: violations.length === 0,
    violations,
    traceHash: world.kit.traceHash(),
    virtualMs: Math.round(world.now()),
    drainMs: Math.round(drainMs),
    coverage: world.coverage.counts,
  };
}

async function drain(world: World): Promise<void> {
  const boundMs = drainBoundMs(world.plan, world.storeClock.backMs);
  if ((await world.pass(boundMs, () => world.quiet)) || !world.judge.content) return;
  const left = [...world.ledger.entries.values()].filter(({ state }) => ['ready', 'scheduled', 'leased'].includes(state));
  world.judge.blame('queues drain', {
    boundMs,
    enqueuesDone: world.producer.done,
    left: left.map(({ given, state, attempt }) => `${given.tenant}/${given.id} ${state} ${attempt}`),
    running: world.consumers.map(({ running }) => running),
  });
}

const RESTART_MS = 5_000;
const LAST_DELAY_MS = 6_000;
/** Until the next look at what is paused, an answer that is lost, and another look. */
const RESUMED_MS = 9_000;
const COME_BACK_MS = 12_000;

/**
 * How long the queues of a healed world may take to drain. Processes that were dead are back (5 s), clients have repeated what was not
 * answered (7 s), what was paused is resumed (9 s), the last delay has passed (6 s) and the storage's time has made good its jumps back. Then, in the worst case, one slot alone
 * serves all jobs one after the other, each as often as its attempts allow, and each time to its time limit, its grace, its lease and a sweep,
 * and waits its whole backoff: no world takes as long, but none may take longer.
 */
function drainBoundMs(plan: Plan, storeBackMs: number): number {
  const serial = plan.jobs.reduce((sum, { request }) => {
    const { attempts, timeout, lease } = request as { attempts: number; timeout: number; lease: number };
    return sum + (attempts === 0 ? 4 : attempts) * (timeout + 2_000 + lease + 2_000 + 4_000);
  }, 0);
  return RESTART_MS + RESUMED_MS + LAST_DELAY_MS + COME_BACK_MS + storeBackMs + serial;
}

/** What died is put back and done, or dies, again. */
async function reviveOnce(world: World): Promise<void> {
  if (!world.judge.content) return;
  let answered = false;
  const done = () => {
    answered = true;
  };
  // a broker may still be away; what was not revived stays as it is
  void world.producer.reviveAll().then(done, done);
  await world.pass(COME_BACK_MS, () => answered);
  await drain(world);
}

async function lastLook(world: World): Promise<void> {
  if (!world.judge.content) return;
  await world.auditAll();
  await checkGoodJobs(world);
  let looked = false;
  void world.producer.checkAccepted().then(
    () => {
      looked = true;
    },
    (error) => world.judge.blame('no call hangs or fails for ever', { call: 'find', error: String(error) }),
  );
  if (!(await world.pass(COME_BACK_MS, () => looked)) && world.judge.content)
    world.judge.blame('no call hangs or fails for ever', { call: 'find' });
}

const FORGET_MS = 70_000;

/** Everything has ended: a while later each queue keeps no more finished jobs than it should. */
async function prune(world: World): Promise<void> {
  await world.pass(FORGET_MS);
  if (world.judge.content) await world.auditAll();
}
