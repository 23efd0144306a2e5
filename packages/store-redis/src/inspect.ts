import {
  ByteReader,
  codeOf,
  fail,
  type JobView,
  type ListQuery,
  type QueueView,
  type ReadyPair,
  STATE_CODES,
  unpackId,
} from '@tiercel/protocol';
import type { BacklogQuery } from '@tiercel/store';
import { writeIds } from './change.js';
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

/**
 * A cursor is where the last page ended: queue, priority, the score or the place in the list, and the id as it is stored, which stands for
 * the place when others have moved.
 */
const CURSOR = /^([\w-]+) (\d) (\d{1,16}(?:\.\d{1,16})?) ((?:[0-9a-f]{2})*)$/;
const START = ['', '0', '0', ''] as const;

export async function list(
  caller: ShardCaller,
  shard: number,
  tenant: string,
  { state, queue, cursor, limit, payload }: ListQuery,
): Promise<{ readonly jobs: readonly JobView[]; readonly cursor: string }> {
  const [after, slot, place, id] = parse(cursor);
  const query = [tenant, String(STATE_CODES.indexOf(state)), queue, String(limit), payload ? '1' : ''];
  const reply = await caller.look('list', shard, ...query, after, slot, place, Buffer.from(id, 'hex'));
  const [nextQueue, nextSlot, nextPlace, nextId, ...rest] = reply as [Buffer, number, Buffer, Buffer, ...Buffer[]];
  const jobs: JobView[] = [];
  for (let at = 0; at < rest.length; at += 2) {
    const view = viewUnlessCorrupt(rest[at + 1]!, tenant, unpackId(rest[at]!), payload);
    if (view) jobs.push(view);
  }
  return { jobs, cursor: nextQueue.length === 0 ? '' : `${nextQueue} ${nextSlot} ${nextPlace} ${nextId.toString('hex')}` };
}

function parse(cursor: string): readonly [queue: string, slot: string, place: string, id: string] {
  if (cursor === '') return START;
  const [, queue, slot, place, id] =
    CURSOR.exec(cursor) ?? fail('BAD_OPTION', { option: 'cursor', expected: 'one that a list returned' });
  return [queue!, slot!, place!, id!];
}

/** What cannot be read hides nobody else; it is set aside when its turn comes. */
function viewUnlessCorrupt(record: Buffer, tenant: string, id: string, payload: boolean): JobView | undefined {
  try {
    return viewOf(record, tenant, id, payload);
  } catch (error) {
    if (codeOf(error) === 'CORRUPT') return undefined;
    throw error;
  }
}

export async function queues(caller: ShardCaller, shard: number, tenant: string): Promise<readonly QueueView[]> {
  const reply = (await caller.step('queues', shard, tenant)) as Buffer[];
  const views: QueueView[] = [];
  for (let at = 0; at < reply.length; at += 2) views.push(queueOf(String(reply[at]), new ByteReader(reply[at + 1]!)));
  return views.sort((a, b) => (a.queue < b.queue ? -1 : 1));
}

const queueOf = (queue: string, from: ByteReader): QueueView => ({
  queue,
  ready: from.u32(),
  scheduled: from.u32(),
  leased: from.u32(),
  dead: from.u32(),
  finished: from.u32(),
  bytes: from.u48(),
  oldestMs: from.u48(),
  paused: from.u8() === 1,
});

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
