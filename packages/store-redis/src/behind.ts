import { codeOf } from '@tiercel/protocol';
import type { Argument } from './caller.js';
import type { Verb } from './library.js';
import type { ShardCaller } from './shard-caller.js';

/** What a reserve may be made right behind, and what both are called together. */
const TOGETHER = { enqueue: 'enqueueReserve', settle: 'settleReserve' } as const satisfies Partial<Record<Verb, Verb>>;
type First = keyof typeof TOGETHER;
const isFirst = (verb: Verb): verb is First => verb in TOGETHER;

/** A call of this turn that was not sent yet. */
interface Held {
  readonly verb: First;
  readonly args: readonly Argument[];
  resolve(reply: unknown): void;
  reject(error: unknown): void;
}

/**
 * Sends an enqueue or a settle, and the reserve that is made right behind it, in the same turn and for the same shard, as one call. A broker
 * makes an enqueue and a reserve when somebody is parked for what it stores: jobs that nobody stands before are then leased as they are
 * stored, which spares them their way through the list and one record of two. It makes a settle and a reserve when a worker goes on.
 * Either way the server is spared a command. They mean what they mean one after the other.
 */
export function behindOneAnother(caller: ShardCaller): ShardCaller {
  const held = new Map<number, Held>();

  function send(shard: number): void {
    const first = held.get(shard);
    if (!first) return;
    held.delete(shard);
    caller.step(first.verb, shard, ...first.args).then(first.resolve, first.reject);
  }

  function hold(verb: First, shard: number, args: readonly Argument[]): Promise<unknown> {
    send(shard);
    return new Promise((resolve, reject) => {
      held.set(shard, { verb, args, resolve, reject });
      // Ticks come after all microtasks of the turn; what is sent in it leaves then anyway.
      process.nextTick(send, shard);
    });
  }

  async function together(shard: number, first: Held, request: Argument): Promise<unknown> {
    held.delete(shard);
    try {
      const [codes, ...reserved] = (await caller.step(TOGETHER[first.verb], shard, ...first.args, request)) as unknown[];
      first.resolve(codes);
      return reserved;
    } catch (error) {
      first.reject(error);
      if (codeOf(error) !== 'STORAGE_FULL') throw error;
      return caller.step('reserve', shard, request); // nothing was done, and what takes away may go on
    }
  }

  return {
    look(verb, shard, ...args) {
      send(shard);
      return caller.look(verb, shard, ...args);
    },
    step(verb: Verb, shard, ...args) {
      if (isFirst(verb)) return hold(verb, shard, args);
      const first = held.get(shard);
      if (verb === 'reserve' && first) return together(shard, first, args[0] as Argument);
      send(shard);
      return caller.step(verb, shard, ...args);
    },
  };
}
