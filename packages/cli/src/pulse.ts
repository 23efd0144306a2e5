import type { Counted, Counters, QueueView } from '@tiercel/protocol';
import { age, size } from './measure.js';
import type { Living } from './roll.js';
import { type Cell, table } from './table.js';

/** What was seen at a moment. */
export interface Look {
  readonly atMs: number;
  readonly queues: readonly QueueView[];
  readonly counters: readonly Counted[];
  /** `undefined`: this credential may not hear it. */
  readonly living: readonly Living[] | undefined;
}

/** What a queue does, from two looks at it. */
export interface Pulse extends QueueView {
  readonly enqueuedPerSec: number;
  readonly succeededPerSec: number;
  readonly failedPerSec: number;
}

/** A queue for each that was seen now; rates are of the time between the looks. */
export function pulsesOf(before: Look, now: Look): readonly Pulse[] {
  const seconds = Math.max(now.atMs - before.atMs, 1) / 1_000;
  return now.queues.map((queue) => {
    const rate = (what: keyof Counters) => Math.max(0, total(now, queue.queue, what) - total(before, queue.queue, what)) / seconds;
    return { ...queue, enqueuedPerSec: rate('enqueued'), succeededPerSec: rate('succeeded'), failedPerSec: rate('failed') };
  });
}

const total = ({ counters }: Look, queue: string, what: keyof Counters): number =>
  counters.filter((each) => each.queue === queue).reduce((sum, each) => sum + each[what], 0);

/** The picture: a line of sums, the busiest queues first, then who works. */
export function picture(title: string, before: Look, now: Look): string {
  const pulses = [...pulsesOf(before, now)].sort((a, b) => weight(b) - weight(a) || (a.queue < b.queue ? -1 : 1));
  const sum = (what: 'enqueuedPerSec' | 'succeededPerSec' | 'failedPerSec' | 'ready' | 'leased' | 'dead') =>
    pulses.reduce((all, each) => all + each[what], 0);
  const sums = [
    `in ${rate(sum('enqueuedPerSec'))}/s`,
    `done ${rate(sum('succeededPerSec'))}/s`,
    `failed ${rate(sum('failedPerSec'))}/s`,
    `ready ${sum('ready')}`,
    `running ${sum('leased')}`,
    `dead ${sum('dead')}`,
  ].join('   ');
  const queues = table(
    ['queue', 'in/s', 'done/s', 'failed/s', 'ready', 'scheduled', 'running', 'dead', 'waiting', 'oldest', ''],
    pulses.map(rowOf),
  );
  return [title, sums, '', queues || 'no queues', '', workers(now.living)].join('\n');
}

const weight = ({ enqueuedPerSec, succeededPerSec, failedPerSec, ready, leased }: Pulse): number =>
  (enqueuedPerSec + succeededPerSec + failedPerSec) * 1_000_000 + leased * 1_000 + ready;

const rowOf = (pulse: Pulse): Cell[] => [
  pulse.queue,
  ...[pulse.enqueuedPerSec, pulse.succeededPerSec, pulse.failedPerSec].map(rate),
  ...[pulse.ready, pulse.scheduled, pulse.leased, pulse.dead],
  size(pulse.bytes),
  pulse.ready > 0 ? age(pulse.oldestMs) : '-',
  pulse.paused ? 'paused' : '',
];

/** Whole, but for a trickle. */
const rate = (perSec: number): number => (perSec >= 10 ? Math.round(perSec) : Math.round(perSec * 10) / 10);

function workers(living: readonly Living[] | undefined): string {
  if (living === undefined) return 'workers: this credential may not hear who lives';
  const rows = living.flatMap(({ instance, leases, serves, service }) =>
    serves ? [[service, instance, leases, serves.slots]] : [],
  );
  return table(['worker', 'instance', 'holds', 'slots'], rows) || 'no workers';
}
