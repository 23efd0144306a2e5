import type { Redis } from 'ioredis';
import { isForbidden, isMissing } from './faults.js';
import type { Library, Verb } from './library.js';

export type Argument = string | Buffer;

/** Calls a verb in the shard whose keys begin with `base`. Bulk replies are Buffers. */
export type Call = (verb: Verb, base: string, args: readonly Argument[]) => Promise<unknown>;

/**
 * A second key that never exists either. While a slot of a cluster moves, a node serves a missing key to whoever was sent on to it by
 * an ASK: a step would run there on an empty shard. Of two missing keys it says TRYAGAIN.
 */
export const guardOf = (base: string): string => `${base}:guard`;

/**
 * How verbs are called on one server: as functions, or as scripts where this user may not call or load functions. Code that is not
 * there (a new server, FUNCTION FLUSH, SCRIPT FLUSH) is loaded and the call made once more: nothing had been done.
 */
export async function callerFor(redis: Redis, library: Library, tryOut: (call: Call) => Promise<void>): Promise<Call> {
  const [functions, scripts] = [byFunction(redis, library), byScript(redis, library)];
  try {
    await tryOut(functions);
    return functions;
  } catch (error) {
    if (!isForbidden(error)) throw error;
    await tryOut(scripts);
    return scripts;
  }
}

function byFunction(redis: Redis, library: Library): Call {
  return async (verb, base, args) => {
    const call = () => redis.callBuffer('FCALL', library.functionOf(verb), 2, base, guardOf(base), ...args);
    try {
      return await call();
    } catch (error) {
      if (!isMissing(error)) throw error;
      // Another broker may load it at the same time.
      await redis.call('FUNCTION', 'LOAD', 'REPLACE', library.code);
      return call();
    }
  };
}

function byScript(redis: Redis, library: Library): Call {
  return async (verb, base, args) => {
    const { code, sha } = library.scriptOf(verb);
    try {
      return await redis.callBuffer('EVALSHA', sha, 2, base, guardOf(base), ...args);
    } catch (error) {
      if (!isMissing(error)) throw error;
      return redis.callBuffer('EVAL', code, 2, base, guardOf(base), ...args);
    }
  };
}
