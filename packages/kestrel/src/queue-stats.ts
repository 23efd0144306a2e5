/** Numbers that a server tells of each of its queues, as `queue_<name>_<stat>` in STATS. Compatible servers tell the first few of them. */
export const QUEUE_STATS = [
  'items',
  'waiters',
  'open_transactions',
  'bytes',
  'total_items',
  'logsize',
  'expired_items',
  'mem_items',
  'mem_bytes',
  'age',
  'discarded',
  'transactions',
  'canceled_transactions',
  'total_flushes',
  'journal_rewrites',
  'journal_rotations',
] as const;
export type QueueStat = (typeof QUEUE_STATS)[number];

/** Those of one queue; what the server does not tell is missing. */
export function queueStats(stats: ReadonlyMap<string, string>, queue: string): Readonly<Partial<Record<QueueStat, number>>> {
  const told: Partial<Record<QueueStat, number>> = {};
  for (const stat of QUEUE_STATS) {
    const value = stats.get(`queue_${queue}_${stat}`);
    if (value !== undefined) told[stat] = Number(value);
  }
  return told;
}

/** Both are told of every queue, and the first is the end of no other statistic: `queue_a_open_transactions` may be of a queue `a_open`. */
const MARKS = ['waiters', 'open_transactions'] as const;

/** The names of the queues that a server tells of. */
export function queuesIn(stats: ReadonlyMap<string, string>): readonly string[] {
  const found = MARKS.map((mark) => namesBefore(stats, `_${mark}`));
  return found.find((names) => names.length > 0) ?? [];
}

function namesBefore(stats: ReadonlyMap<string, string>, end: string): string[] {
  const keys = [...stats.keys()].filter((key) => key.startsWith(START) && key.endsWith(end));
  return keys.map((key) => key.slice(START.length, -end.length));
}

const START = 'queue_';
