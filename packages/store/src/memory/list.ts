import { fail, type JobState, type JobView, type ListQuery } from '@tiercel/protocol';
import type { Chain } from './chain.js';
import { endsSooner, type MemoryShard } from './memory-shard.js';
import type { Pair } from './pair.js';
import { type JobRecord, viewOf } from './record.js';

/** Where a page ended. What it is made of depends on the state; see {@link positionOf}. */
type Position = readonly [queue: string, major: number, minor: number, id: string];

/** Queue by queue, each from where the last page ended; a job that moves meanwhile may be missed or come twice. */
export function list(
  shard: MemoryShard,
  tenant: string,
  { state, queue, cursor, limit, payload }: ListQuery,
): { jobs: JobView[]; cursor: string } {
  const from = cursor === '' ? undefined : parse(cursor);
  const pairs = shard.pairsIn(tenant, queue).filter((pair) => !from || pair.queue >= from[0]);
  const found = atMost(limit + 1, jobsBehind(shard, pairs, state, from));
  const page = found.slice(0, limit);
  const last = page.at(-1);
  return { jobs: page.map((job) => viewOf(job, payload)), cursor: last && found.length > limit ? write(positionOf(last)) : '' };
}

function* jobsBehind(shard: MemoryShard, pairs: readonly Pair[], state: JobState, from?: Position): Iterable<JobRecord> {
  for (const pair of pairs)
    for (const job of jobsIn(shard, pair, state)) if (from?.[0] !== pair.queue || isBehind(positionOf(job), from)) yield job;
}

/** Jobs of a pair in this state, in the order of a list. None may move before the next is asked for. */
export function* jobsIn(shard: MemoryShard, pair: Pair, state: JobState): Iterable<JobRecord> {
  if (state === 'ready') for (const line of pair.ready) yield* each(line);
  else if (state === 'scheduled') yield* inHeaps(shard, pair, state).sort((a, b) => a.atMs - b.atMs || a.order - b.order);
  else if (state === 'leased') yield* inHeaps(shard, pair, state).sort((a, b) => (endsSooner(a, b) ? -1 : 1));
  else for (const job of each(state === 'dead' ? pair.dead.jobs : pair.finished.jobs)) if (job.state === state) yield job;
}

/** The first of them. */
export function atMost<T>(count: number, items: Iterable<T>): T[] {
  const found: T[] = [];
  for (const item of items) if (found.push(item) >= count) break;
  return found;
}

/** A heap of the shard knows its first job only. */
function inHeaps(shard: MemoryShard, pair: Pair, state: JobState): JobRecord[] {
  return shard.jobsOf(pair.tenant).filter((job) => job.state === state && job.pair === pair);
}

function* each(chain: Chain<JobRecord>): Iterable<JobRecord> {
  for (let job = chain.first; job; job = job.after) yield job;
}

function positionOf({ state, pair, given, atMs, order }: JobRecord): Position {
  if (state === 'ready') return [pair.queue, given.priority, order, ''];
  if (state === 'scheduled') return [pair.queue, atMs, order, ''];
  if (state === 'leased') return [pair.queue, atMs, 0, given.id];
  return [pair.queue, order, 0, ''];
}

/** In the same queue. */
function isBehind([, major, minor, id]: Position, [, lastMajor, lastMinor, lastId]: Position): boolean {
  if (major !== lastMajor) return major > lastMajor;
  return minor === lastMinor ? id > lastId : minor > lastMinor;
}

const write = (position: Position): string => position.join(' ');

function parse(cursor: string): Position {
  const [queue = '', major, minor, id = '', ...rest] = cursor.split(' ');
  const position: Position = [queue, Number(major), Number(minor), id];
  const isOurs = queue !== '' && rest.length === 0 && Number.isSafeInteger(position[1]) && Number.isSafeInteger(position[2]);
  return isOurs ? position : fail('BAD_OPTION', { option: 'cursor', expected: "'' or what a list returned", got: cursor });
}
