import type { KestrelDesk } from '../desk.js';
import type { QueueStatistics, Statistics } from '../statistics.js';
import { QueueTally } from '../tally.js';
import type { Report } from './report.js';

/** What the other ports tell line by line, as the admin port calls and groups it. Throws what the brokers refuse with. */
export async function reportOf(desk: KestrelDesk, statistics: Statistics): Promise<Report> {
  const { global, queues } = await statistics.now();
  const report = { counters: new Map<string, number>(), gauges: new Map<string, number>(), labels: new Map<string, string>() };

  function add(prefix: string, entries: readonly (readonly [name: string, value: string | number])[]): void {
    for (const [stat, value] of entries) {
      const name = `${prefix}${NAMES.get(stat) ?? stat}`;
      if (stat === 'version' || stat === 'children') report.labels.set(name, String(value));
      else report[COUNTERS.has(stat) ? 'counters' : 'gauges'].set(name, Number(value));
    }
  }

  add('', global);
  for (const each of queues) {
    add(`q/${each.name}/`, each.entries);
    add(`q/${each.name}/`, await beyond(desk, each));
  }
  return report;
}

/** What only this port tells of a queue. */
async function beyond(desk: KestrelDesk, { queue }: QueueStatistics) {
  const { sets, setBytes, hits, misses } = desk.queues.get(queue)?.tally ?? new QueueTally();
  const { maxItems = 0, maxBytes = 0 } = await desk.settingsOf(queue);
  return [
    ['put_items', sets],
    ['put_bytes', setBytes],
    ['get_items_hit', hits],
    ['get_items_miss', misses],
    ['max_items', maxItems],
    ['max_bytes', maxBytes],
  ] as const;
}

/** Statistics that are called something else here. */
const NAMES: ReadonlyMap<string, string> = new Map([
  ['curr_items', 'items'],
  ['curr_connections', 'connections'],
  ['logsize', 'journal_size'],
  ['age', 'age_msec'],
]);

/** Those that only grow. */
const COUNTERS: ReadonlySet<string> = new Set([
  ...['total_items', 'expired_items', 'discarded', 'transactions', 'canceled_transactions', 'total_flushes'],
  ...['journal_rewrites', 'journal_rotations', 'put_items', 'put_bytes', 'get_items_hit', 'get_items_miss'],
  ...['total_connections', 'cmd_get', 'cmd_set', 'cmd_peek', 'get_hits', 'get_misses', 'bytes_read', 'bytes_written'],
  ...['queue_creates', 'queue_deletes', 'queue_expires'],
]);
