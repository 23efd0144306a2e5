import { fail } from '@tiercel/protocol';
import type { Redis } from 'ioredis';
import { isForbidden, isFull, isMissing } from './faults.js';
import type { Library, Verb } from './library.js';
import { oneWriteATurn } from './one-write.js';

export type Argument = string | Buffer;

/** Calls a verb in the shard whose keys begin with `base`. Bulk replies are Buffers. */
export type Call = (verb: Verb, base: string, args: readonly Argument[]) => Promise<unknown>;

/** The same, with the keys it is given. */
type Invoke = (verb: Verb | 'probe', keys: readonly string[], args: readonly Argument[]) => Promise<unknown>;

/**
 * A second key that never exists either. While a slot of a cluster moves, a node serves a missing key to whoever was sent on to it by
 * an ASK: a step would run there on an empty shard. Of two missing keys it says TRYAGAIN.
 */
export const guardOf = (base: string): string => `${base}:guard`;

/**
 * How verbs are called on one server: as functions, or as scripts where this user may not call or load functions. Code that is not
 * there (a new server, FUNCTION FLUSH, SCRIPT FLUSH) is loaded and the call made once more: nothing had been done. A full server takes
 * no functions, and is drained by scripts.
 */
export async function callerFor(redis: Redis, library: Library): Promise<Call> {
  const invoke = await firstAllowed([byFunction(redis, library), byScript(redis, library)], library.commands);
  const hold = oneWriteATurn(redis);
  return (verb, base, args) => {
    hold();
    return invoke(verb, [base, guardOf(base)], args);
  };
}

/** The first way that this user may go, tried without a key: in a cluster no key is at home everywhere. */
async function firstAllowed([way, ...others]: readonly Invoke[], commands: readonly string[]): Promise<Invoke> {
  try {
    const denied = (await way!('probe', [], commands)) as readonly Buffer[];
    if (denied.length > 0)
      fail('STORAGE_DENIED', {
        remedy: `ACL SETUSER … ${denied
          .map((name) => `+${name}`)
          .join(' ')
          .toLowerCase()}`,
      });
    return way!;
  } catch (error) {
    if (!isForbidden(error) || others.length === 0) throw error;
    return firstAllowed(others, commands);
  }
}

function byFunction(redis: Redis, library: Library): Invoke {
  const asScript = byScript(redis, library);
  return async (verb, keys, args) => {
    const call = () => redis.callBuffer('FCALL', library.functionOf(verb), keys.length, ...keys, ...args);
    try {
      return await call();
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
    try {
      // Another broker may load it at the same time.
      await redis.call('FUNCTION', 'LOAD', 'REPLACE', library.code);
    } catch (full) {
      if (!isFull(full)) throw full;
      return asScript(verb, keys, args).catch((error: unknown) => {
        throw isForbidden(error) ? full : error;
      });
    }
    return call();
  };
}

function byScript(redis: Redis, library: Library): Invoke {
  return async (verb, keys, args) => {
    const { code, sha } = library.scriptOf(verb);
    try {
      return await redis.callBuffer('EVALSHA', sha, keys.length, ...keys, ...args);
    } catch (error) {
      if (!isMissing(error)) throw error;
      return redis.callBuffer('EVAL', code, keys.length, ...keys, ...args);
    }
  };
}
