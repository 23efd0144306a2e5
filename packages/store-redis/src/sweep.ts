import type { GoneOwner, Swept } from '@tiercel/store';
import { ByteWriter } from './byte-writer.js';
import type { Argument } from './caller.js';
import { pairOf } from './pair.js';
import type { ShardCaller } from './shard-caller.js';

export const promote = (caller: ShardCaller, shard: number, limit: number): Promise<Swept> =>
  sweep(caller, 'promote', shard, limit);

export const prune = (caller: ShardCaller, shard: number, limit: number): Promise<Swept> => sweep(caller, 'prune', shard, limit);

export const reap = (caller: ShardCaller, shard: number, limit: number, gone: readonly GoneOwner[]): Promise<Swept> =>
  sweep(caller, 'reap', shard, limit, writeOwners(gone));

async function sweep(
  caller: ShardCaller,
  verb: 'promote' | 'reap' | 'prune',
  shard: number,
  limit: number,
  ...more: Argument[]
): Promise<Swept> {
  const reply = await caller.step(verb, shard, String(limit), ...more);
  const [moved, nextInMs, nowMs, ...members] = reply as [number, number, number, ...Buffer[]];
  return {
    moved,
    ready: members.map((member) => {
      const { tenant, queue } = pairOf(member);
      return [tenant, queue] as const;
    }),
    nextInMs: nextInMs < 0 ? undefined : nextInMs,
    nowMs,
  };
}

function writeOwners(gone: readonly GoneOwner[]): Buffer {
  const to = new ByteWriter(256);
  for (const { owner, reason } of gone) to.bytes16(Buffer.from(owner)).bytes16(Buffer.from(reason));
  return to.finish();
}
