import { ByteWriter } from '@tiercel/protocol';
import type { GoneOwner, GoneOwners, Reaped, Swept } from '@tiercel/store';
import { nameOf } from './pair.js';
import type { ShardCaller } from './shard-caller.js';

export const promote = (caller: ShardCaller, shard: number, limit: number): Promise<Swept> =>
  sweep(caller, 'promote', shard, limit);

export const prune = (caller: ShardCaller, shard: number, limit: number): Promise<Swept> => sweep(caller, 'prune', shard, limit);

export async function reap(caller: ShardCaller, shard: number, limit: number, gone: GoneOwners = NOBODY): Promise<Reaped> {
  const from = Buffer.from(gone.cursor, 'base64url');
  const reply = await caller.step('reap', shard, String(limit), writeOwners(gone.owners), from);
  const [moved, nextInMs, nowMs, cursor, ...members] = reply as [number, number, number, Buffer, ...Buffer[]];
  return { ...sweptOf(moved, nextInMs, nowMs, members), cursor: cursor.toString('base64url') };
}

const NOBODY: GoneOwners = { owners: [], cursor: '' };

async function sweep(caller: ShardCaller, verb: 'promote' | 'prune', shard: number, limit: number): Promise<Swept> {
  const reply = await caller.step(verb, shard, String(limit));
  const [moved, nextInMs, nowMs, ...members] = reply as [number, number, number, ...Buffer[]];
  return sweptOf(moved, nextInMs, nowMs, members);
}

function sweptOf(moved: number, nextInMs: number, nowMs: number, members: readonly Buffer[]): Swept {
  return {
    moved,
    ready: members.map(nameOf),
    nextInMs: nextInMs < 0 ? undefined : nextInMs,
    nowMs,
  };
}

function writeOwners(gone: readonly GoneOwner[]): Buffer {
  const to = new ByteWriter(256);
  for (const { owner, reason } of gone) to.bytes16(Buffer.from(owner)).bytes16(Buffer.from(reason));
  return to.finish();
}
