import { ByteReader, fail, packId, type Quarantined, unpackId } from '@tiercel/protocol';
import type { ShardCaller } from './shard-caller.js';

/** The id shown last, as it is stored. */
const CURSOR = /^([0-9a-f]{2}){0,256}$/;

/** By id as they are stored: UUIDs first. */
export async function quarantined(
  caller: ShardCaller,
  shard: number,
  tenant: string,
  { cursor, limit }: { readonly cursor: string; readonly limit: number },
): Promise<{ readonly records: readonly Quarantined[]; readonly cursor: string }> {
  if (!CURSOR.test(cursor)) fail('BAD_OPTION', { option: 'cursor', expected: 'one that a list returned' });
  const after = Buffer.from(cursor, 'hex');
  const reply = await caller.look('quarantined', shard, tenant, after, String(limit));
  const [more, ...rest] = reply as [number, ...(Buffer | null)[]];
  const records: Quarantined[] = [];
  for (let at = 0; at < rest.length; at += 3) records.push(viewOf(rest.slice(at, at + 3)));
  const last = records.at(-1);
  return { records, cursor: last && more ? packId(last.id).toString('hex') : '' };
}

function viewOf([id, note, record]: readonly (Buffer | null)[]): Quarantined {
  const from = new ByteReader(note ?? Buffer.alloc(6));
  const atMs = from.u48();
  return {
    id: unpackId(id as Buffer),
    atMs,
    reason: from.text((note?.length ?? from.at) - from.at),
    record: new Uint8Array(record ?? Buffer.alloc(0)),
  };
}
