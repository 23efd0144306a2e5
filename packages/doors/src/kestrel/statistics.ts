import { dumpStatsReply, statsReply } from '@tiercel/kestrel';
import { fanoutOf } from '@tiercel/protocol';
import type { KestrelDesk } from './desk.js';
import { expiredOf, type Housekeeping, type Look } from './housekeeping.js';
import { Shared } from './shared.js';
import { QueueTally } from './tally.js';
import { afterSockets } from './turn.js';

/** What clients hold Kestrel's version against; ours begins with 0, which libmemcached takes for an error. See docs/kestrel.md. */
export const VERSION = '2.4.7';

type Entry = readonly [name: string, value: string | number];

export interface QueueStatistics {
  /** As it is called here. */
  readonly queue: string;
  /** As a client last called it. */
  readonly name: string;
  readonly entries: readonly Entry[];
}

export interface DeskStatistics {
  readonly global: readonly Entry[];
  /** By name. */
  readonly queues: readonly QueueStatistics[];
}

/** What STATS and DUMP_STATS tell. With thousands of queues that is megabytes and a second of work, so clients that ask at once are told the same. */
export class Statistics {
  readonly #desk: KestrelDesk;
  readonly #looked: Shared<DeskStatistics>;
  readonly #reply: Shared<Uint8Array>;

  constructor(desk: KestrelDesk, housekeeping: Housekeeping) {
    this.#desk = desk;
    this.#looked = new Shared(async () => {
      await new Promise<void>(afterSockets); // else those who ask at once ask one after the other
      return statisticsOf(desk, housekeeping);
    });
    this.#reply = new Shared(async () => replyOf(await this.#looked.get()));
  }

  now(): Promise<DeskStatistics> {
    return this.#looked.get();
  }

  /** That of STATS. */
  reply(): Promise<Uint8Array> {
    return this.#reply.get();
  }

  /** That of DUMP_STATS: each as the client called it; none named: all. */
  async dump(names: readonly string[]): Promise<Uint8Array> {
    const { queues } = await this.now();
    if (names.length === 0) return dumpStatsReply(queues.map(({ name, entries }) => [name, entries]));
    const byQueue = new Map(queues.map(({ queue, entries }) => [queue, entries]));
    return dumpStatsReply(names.map((name) => [name, byQueue.get(this.#desk.queues.of(name)?.queue ?? '') ?? []]));
  }
}

function replyOf({ global, queues }: DeskStatistics): Uint8Array {
  const ofQueues = queues.flatMap(({ name, entries }) => entries.map(([stat, value]) => [`queue_${name}_${stat}`, value] as const));
  return statsReply([...global, ...ofQueues]);
}

/** All of it, in Kestrel's order. What has no meaning here is 0, or the same as what it is a part of. */
async function statisticsOf(desk: KestrelDesk, housekeeping: Housekeeping): Promise<DeskStatistics> {
  await desk.settled();
  const looks = await housekeeping.look();
  const names = new Set(looks.filter(isThere).map(({ queue }) => queue));
  for (const known of desk.queues.all()) if (known.made) names.add(known.queue);
  const sorted = [...names].sort();
  const queues = await Promise.all(
    sorted.map((queue) =>
      queueStatistics(
        desk,
        queue,
        looks.filter((look) => look.queue === queue),
      ),
    ),
  );
  return { global: globalEntries(desk, looks), queues };
}

/** The storage remembers counts of queues that are gone. */
const isThere = ({ view }: Look): boolean => view !== undefined && view.ready + view.scheduled + view.leased + view.dead > 0;

async function queueStatistics(desk: KestrelDesk, queue: string, looks: readonly Look[]): Promise<QueueStatistics> {
  const known = desk.queues.get(queue);
  const tally = known?.tally ?? new QueueTally();
  const name = desk.queues.spellingOf(queue);
  const children = await childrenOf(desk, queue);
  const ofChildren: readonly Entry[] = children.length > 0 ? [['children', children.join(',')]] : [];
  if (await desk.isAlias(queue))
    return { queue, name, entries: [['put_items', tally.sets], ['put_bytes', tally.setBytes], ...ofChildren] };
  const { items, bytes, leased, oldestMs } = waiting(looks);
  const counted = looks.flatMap((look) => look.counted);
  const entries: readonly Entry[] = [
    ['items', items],
    ['bytes', bytes],
    ['total_items', sum(counted, ({ enqueued }) => enqueued)],
    ['logsize', 0],
    ['expired_items', expiredOf(looks) + tally.overOnArrival],
    ['mem_items', items],
    ['mem_bytes', bytes],
    ['age', oldestMs],
    ['discarded', sum(counted, ({ discarded }) => discarded)],
    ['waiters', known?.line.waiting ?? 0],
    ['open_transactions', leased],
    ['transactions', tally.opened],
    ['canceled_transactions', tally.aborted],
    ['total_flushes', tally.flushes],
    ['journal_rewrites', 0],
    ['journal_rotations', 0],
  ];
  return { queue, name, entries: [...entries, ...ofChildren] };
}

async function childrenOf(desk: KestrelDesk, queue: string): Promise<readonly string[]> {
  const { fanout = '' } = await desk.settingsOf(queue);
  return fanoutOf(fanout).map((child) => desk.queues.spellingOf(child));
}

function globalEntries(desk: KestrelDesk, looks: readonly Look[]): readonly Entry[] {
  const { tally } = desk;
  const { items, bytes } = waiting(looks);
  const counted = looks.flatMap((look) => look.counted);
  return [
    ['uptime', Math.floor(desk.uptimeMs / 1_000)],
    ['time', Math.floor(desk.nowMs / 1_000)],
    ['version', VERSION],
    ['curr_items', items],
    ['total_items', sum(counted, ({ enqueued }) => enqueued)],
    ['bytes', bytes],
    ['reserved_memory_ratio', '0.000'],
    ['curr_connections', desk.connections],
    ['total_connections', tally.connectionsEver],
    ['cmd_get', tally.gets],
    ['cmd_set', tally.sets],
    ['cmd_peek', tally.peeks],
    ['get_hits', tally.hits],
    ['get_misses', tally.misses],
    ['bytes_read', tally.bytesRead],
    ['bytes_written', tally.bytesWritten],
    ['queue_creates', tally.queueCreates],
    ['queue_deletes', tally.queueDeletes],
    ['queue_expires', 0],
  ];
}

/** Of all tenants together; the age of the item that waits longest. */
function waiting(looks: readonly Look[]) {
  const views = looks.flatMap(({ view }) => view ?? []);
  return {
    items: sum(views, ({ ready, scheduled }) => ready + scheduled),
    bytes: sum(views, ({ bytes }) => bytes),
    leased: sum(views, ({ leased }) => leased),
    oldestMs: views.reduce((most, { oldestMs }) => Math.max(most, oldestMs), 0),
  };
}

const sum = <T>(items: readonly T[], of: (item: T) => number): number => items.reduce((total, item) => total + of(item), 0);
