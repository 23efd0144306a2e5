import type { Clock } from '@tiercel/actors';
import { ByteWriter } from '@tiercel/protocol';
import type { Retention } from '@tiercel/store';
import type { Argument, Call } from './caller.js';
import type { Verb } from './library.js';

/** Calls a verb in one shard. */
export interface ShardCaller {
  /** A verb that only looks. */
  look(verb: Verb, shard: number, ...args: Argument[]): Promise<unknown>;
  /** A verb that has a time, and may finish jobs. */
  step(verb: Verb, shard: number, ...args: Argument[]): Promise<unknown>;
}

export interface ShardCallerOptions {
  readonly namespace: string;
  readonly call: Call;
  /** The engine's own time without one. */
  readonly clock: Pick<Clock, 'now'> | undefined;
  readonly retention: Retention;
}

/** What all keys of a shard begin with. The braces make Redis Cluster keep them on one node. */
export const shardBase = (namespace: string, shard: number): string => `tiercel:{${namespace}:${shard}}`;

export function shardCaller({ namespace, call, clock, retention }: ShardCallerOptions): ShardCaller {
  const packedRetention = packRetention(retention);
  const look = (verb: Verb, shard: number, ...args: Argument[]) => call(verb, shardBase(namespace, shard), args);
  const time = (): string => (clock ? String(Math.floor(clock.now())) : '');
  return { look, step: (verb, shard, ...args) => look(verb, shard, time(), packedRetention, ...args) };
}

function packRetention(kept: Retention): Buffer {
  const to = new ByteWriter(42).u48(kept.finishedMs).u48(kept.finishedMax).u48(kept.finishedBytes);
  return to.u48(kept.deadMs).u48(kept.deadMax).u48(kept.deadBytes).u48(kept.keepAtLeastMs).finish();
}
