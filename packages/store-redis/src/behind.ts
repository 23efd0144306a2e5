import { codeOf } from '@tiercel/protocol';
import type { Argument } from './caller.js';
import type { Verb } from './library.js';
import type { ShardCaller } from './shard-caller.js';

/** An enqueue of this turn that was not sent yet. */
interface Held {
  readonly args: readonly Argument[];
  resolve(reply: unknown): void;
  reject(error: unknown): void;
}

/**
 * Sends an enqueue and the reserve that is made right behind it, in the same turn and for the same shard, as one call: a broker makes both
 * when somebody is parked for what it stores. Jobs that nobody stands before are then leased as they are stored, which spares them
 * their way through the list, one record of two, and the server a command. They mean what they mean one after the other.
 */
export function behindOneAnother(caller: ShardCaller): ShardCaller {
  const held = new Map<number, Held>();

  function send(shard: number): void {
    const enqueue = held.get(shard);
    if (!enqueue) return;
    held.delete(shard);
    caller.step('enqueue', shard, ...enqueue.args).then(enqueue.resolve, enqueue.reject);
  }

  function hold(shard: number, args: readonly Argument[]): Promise<unknown> {
    send(shard);
    return new Promise((resolve, reject) => {
      held.set(shard, { args, resolve, reject });
      // Ticks come after all microtasks of the turn; what is sent in it leaves then anyway.
      process.nextTick(send, shard);
    });
  }

  async function together(shard: number, enqueue: Held, request: Argument): Promise<unknown> {
    held.delete(shard);
    try {
      const [codes, ...reserved] = (await caller.step('enqueueReserve', shard, ...enqueue.args, request)) as unknown[];
      enqueue.resolve(codes);
      return reserved;
    } catch (error) {
      enqueue.reject(error);
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
      if (verb === 'enqueue') return hold(shard, args);
      const enqueue = held.get(shard);
      if (verb === 'reserve' && enqueue) return together(shard, enqueue, args[0] as Argument);
      send(shard);
      return caller.step(verb, shard, ...args);
    },
  };
}
