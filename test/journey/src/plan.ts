import { seededRandom } from '@tiercel/actors/testing';
import type { JobRequest } from '@tiercel/client';
import { Dice } from './dice.js';
import { drawRates, type Rates } from './faults.js';

/** What a job's handler does. */
export const DEEDS = ['work', 'throw', 'throw-once', 'refuse', 'overrun', 'stubborn', 'poison'] as const;
export type Deed = (typeof DEEDS)[number];

/** The data of every job: it says whose it is, so that a job in the wrong hands is seen. */
export interface JobData {
  readonly tenant: string;
  readonly mark: number;
  readonly ms: number;
}

export interface JobPlan {
  readonly atMs: number;
  readonly tenant: string;
  /** Whether its delay is said as a date, by the clock of the process that enqueues it. */
  readonly dated: boolean;
  readonly request: JobRequest & { readonly data: JobData };
}

export interface ConsumerPlan {
  readonly name: string;
  /** undefined: the pool's credential. */
  readonly tenant: string | undefined;
  readonly queues: readonly string[];
  readonly concurrency: number;
  readonly graceMs: number;
  readonly onStuck: 'exit' | 'abandon';
}

/** All of a world that is fixed before it begins. Times in virtual milliseconds. */
export interface Plan {
  readonly seed: number;
  readonly shards: number;
  readonly brokers: number;
  readonly consumers: readonly ConsumerPlan[];
  readonly tenants: readonly string[];
  readonly jobs: readonly JobPlan[];
  /** How often the operator of a tenant does something, in times a second. */
  readonly meddlingPerSec: number;
  readonly rates: Rates;
  readonly faultsMs: number;
  /** One way to the storage. */
  readonly storeWayMs: number;
  readonly finishedMax: number;
  /** Whether the end is waited for at which finished jobs are forgotten. */
  readonly untilPruned: boolean;
}

const QUEUES = ['mail', 'pdf', 'sync'];

export function drawPlan(seed: number): Plan {
  const dice = new Dice(seededRandom(seed * 2 + 1));
  const tenants = ['acme', 'blue', 'cyan', 'dune'].slice(0, dice.whole(3, 4));
  const queues = QUEUES.slice(0, dice.whole(2, 3));
  const faultsMs = dice.whole(4_000, 18_000);
  return {
    seed,
    shards: dice.pick([1, 1, 2, 2, 3]),
    brokers: dice.whole(1, 3),
    consumers: Array.from({ length: dice.whole(1, 4) }, (_, at) => drawConsumer(dice, at, tenants, queues)),
    tenants,
    jobs: drawJobs(dice, tenants, queues, faultsMs),
    meddlingPerSec: dice.between(0.2, 2),
    rates: drawRates(dice),
    faultsMs,
    storeWayMs: dice.pick([0.5, 2, 20, 100]),
    finishedMax: dice.pick([1, 5, 1_000]),
    untilPruned: dice.chance(0.04),
  };
}

/** The first serves all, so that there is nothing that nobody serves. */
function drawConsumer(dice: Dice, at: number, tenants: readonly string[], queues: readonly string[]): ConsumerPlan {
  return {
    name: `consumer-${at}`,
    tenant: at === 0 || dice.chance(0.5) ? undefined : dice.pick(tenants),
    queues: at === 0 || dice.chance(0.5) ? ['*'] : queues.slice(dice.whole(0, queues.length - 1)),
    concurrency: dice.whole(1, 4),
    graceMs: dice.whole(200, 2_000),
    onStuck: dice.pick(['exit', 'abandon']),
  };
}

function drawJobs(dice: Dice, tenants: readonly string[], queues: readonly string[], faultsMs: number): JobPlan[] {
  const jobs: JobPlan[] = [];
  for (let left = dice.whole(8, 28); left > 0; left--) {
    const again = dice.chance(0.12) && jobs.length > 0;
    jobs.push(
      again
        ? drawAgain(dice, dice.pick(jobs), tenants, jobs.length, faultsMs)
        : drawJob(dice, tenants, queues, jobs.length, faultsMs),
    );
  }
  return jobs;
}

function drawJob(dice: Dice, tenants: readonly string[], queues: readonly string[], mark: number, faultsMs: number): JobPlan {
  const deed = drawDeed(dice);
  const tenant = dice.pick(tenants);
  const timeoutMs = deed === 'poison' ? 8_000 : dice.whole(1_500, 6_000);
  const request = {
    queue: dice.pick(queues),
    name: deed === 'work' && dice.chance(0.03) ? 'nobody-knows' : deed,
    data: { tenant, mark, ms: drawMs(dice, deed, timeoutMs) },
    ...(dice.chance(0.6) ? { id: `order-${dice.whole(1, 12)}-${mark}` } : {}),
    ...(dice.chance(0.25) ? { delay: dice.whole(1, 6_000) } : {}),
    ...(dice.chance(0.1) ? { ttl: dice.whole(200, 5_000) } : {}),
    priority: dice.pick([5, 5, 5, 1, 9]),
    attempts: deed === 'poison' ? 0 : dice.pick([1, 2, 3, 3, 5]),
    lease: dice.pick([1_000, 1_500, 3_000, 6_000, 10_000]),
    timeout: timeoutMs,
    backoff: { delay: dice.whole(0, 500), max: 2_000 },
  };
  return { atMs: drawAtMs(dice, faultsMs * 0.8), tenant, dated: dice.chance(0.4), request };
}

/** Half of them come in bursts. */
function drawAtMs(dice: Dice, lastMs: number): number {
  const atMs = dice.between(0, lastMs);
  return dice.chance(0.5) ? atMs - (atMs % 1_000) : atMs;
}

function drawDeed(dice: Dice): Deed {
  if (dice.chance(0.65)) return 'work';
  if (dice.chance(0.04)) return 'poison';
  return dice.pick(['throw', 'throw-once', 'throw-once', 'throw-once', 'refuse', 'overrun', 'stubborn']);
}

/** Most are short; one in five lasts, often for longer than its lease. */
function drawMs(dice: Dice, deed: Deed, timeoutMs: number): number {
  if (deed === 'overrun' || deed === 'stubborn') return timeoutMs + dice.whole(500, 5_000);
  if (deed === 'poison') return dice.whole(1_800, 2_200);
  return dice.chance(0.3) ? dice.whole(1_000, timeoutMs - 300) : dice.whole(0, 200);
}

/** Once more under a caller's id: the same job, another job, or another tenant's under the same id. */
function drawAgain(dice: Dice, first: JobPlan, tenants: readonly string[], mark: number, faultsMs: number): JobPlan {
  const id = first.request.id ?? `order-${mark}`;
  const tenant = dice.chance(0.25) ? dice.pick(tenants) : first.tenant;
  const same = tenant === first.tenant && dice.chance(0.6);
  const data = same ? first.request.data : { ...first.request.data, tenant, mark };
  return { ...first, atMs: dice.between(first.atMs, faultsMs), tenant, request: { ...first.request, id, data } };
}
