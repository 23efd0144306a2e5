import { fail, type JobView, type QueueView } from '@tiercel/protocol';
import type { BacklogQuery, ReadyPair } from '@tiercel/store';
import { writeIds } from './change.js';
import { unpackId } from './job-id.js';
import { memberOf, pairOf } from './pair.js';
import { viewOf } from './record.js';
import type { ShardCaller } from './shard-caller.js';

export async function find(
  caller: ShardCaller,
  shard: number,
  tenant: string,
  ids: readonly string[],
  payload: boolean,
): Promise<readonly (JobView | null)[]> {
  if (ids.length === 0) return [];
  const records = (await caller.look('find', shard, tenant, payload ? '1' : '', writeIds(ids))) as (Buffer | null)[];
  return records.map((record, at) => record && viewOf(record, tenant, ids[at] as string, payload));
}

/** A cursor is the score of the last one shown: when it died, with the order of the deaths of that millisecond behind the point. */
const CURSOR = /^(\d{1,16}(\.\d{1,16})?)?$/;

export async function listDead(
  caller: ShardCaller,
  shard: number,
  tenant: string,
  { queue, cursor, limit }: { readonly queue: string; readonly cursor: string; readonly limit: number },
): Promise<{ readonly jobs: readonly JobView[]; readonly cursor: string }> {
  if (!CURSOR.test(cursor)) fail('BAD_OPTION', { option: 'cursor', expected: 'one that a list returned' });
  const [next, ...rest] = (await caller.look('list', shard, tenant, queue, cursor, String(limit))) as Buffer[];
  const jobs: JobView[] = [];
  for (let at = 0; at + 1 < rest.length; at += 2) {
    const record = rest[at + 1];
    if (record) jobs.push(viewOf(record, tenant, unpackId(rest[at]!), false));
  }
  return { jobs, cursor: String(next) };
}

type Counts = { -readonly [K in Exclude<keyof QueueView, 'queue' | 'oldestMs' | 'paused'>]: number };

/** From fields `<queue>:<index>`; there is an index for each priority of what is ready. */
export async function queues(caller: ShardCaller, shard: number, tenant: string): Promise<readonly QueueView[]> {
  const fields = (await caller.look('queues', shard, tenant)) as Buffer[];
  const views = new Map<string, Counts>();
  for (let at = 0; at < fields.length; at += 2) {
    const [queue, index] = String(fields[at]).split(':') as [string, string];
    const counts = views.get(queue) ?? { ready: 0, scheduled: 0, leased: 0, dead: 0, finished: 0, bytes: 0 };
    views.set(queue, counts);
    counts[index.replace(/\d$/, '') as keyof Counts] += Number(fields[at + 1]);
  }
  return Array.from(views, ([queue, counts]) => ({ queue, ...counts, oldestMs: 0, paused: false })).sort((a, b) =>
    a.queue < b.queue ? -1 : 1,
  );
}

export async function backlog(
  caller: ShardCaller,
  shard: number,
  { queue, after, limit }: BacklogQuery,
): Promise<readonly ReadyPair[]> {
  // One before the queue asked for is as good as none.
  const from = after && after.queue >= queue ? memberOf(after) : '';
  const reply = (await caller.look('backlog', shard, queue, from, String(limit))) as (Buffer | number)[];
  const pairs: ReadyPair[] = [];
  for (let at = 0; at < reply.length; at += 2) pairs.push({ ...pairOf(reply[at] as Buffer), ready: reply[at + 1] as number });
  return pairs;
}
