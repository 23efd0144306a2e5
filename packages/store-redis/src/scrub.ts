import { fail } from '@tiercel/protocol';
import type { Scrubbed } from '@tiercel/store';
import type { ShardCaller } from './shard-caller.js';

const CURSOR = /^[A-Za-z0-9_-]*$/;

/** One page. Throws BAD_OPTION for a cursor no page answered. */
export async function scrub(caller: ShardCaller, shard: number, cursor: string): Promise<Scrubbed> {
  const reply = CURSOR.test(cursor) && (await caller.step('scrub', shard, Buffer.from(cursor, 'base64url')));
  if (!reply) return fail('BAD_OPTION', { option: 'cursor', expected: 'one that a scrub returned' });
  const [rest, looked, lost, stray, counts, quarantined] = reply as [Buffer, number, number, number, number, number];
  return { cursor: rest.toString('base64url'), looked, mended: { lost, stray, counts, quarantined } };
}
