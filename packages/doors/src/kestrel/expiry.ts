import { LIMITS } from '@tiercel/protocol';

/** From here on an expiry is a time, in seconds since 1970; below it is seconds from now. (memcached's border is 2,592,000.) */
const ABSOLUTE = 1_000_000;

/** A time to live in ms; 0 is for ever. `'over'`: it has expired on its arrival. */
export type Ttl = number | 'over';

/**
 * The time to live that an expiry says, in ms: 0 is for ever, which is also what is farther off than a time to live may be; `'over'` has
 * expired on its arrival.
 */
export function ttlOf(expiry: number, nowMs: number): Ttl {
  if (expiry === 0) return 0;
  const ttlMs = expiry < ABSOLUTE ? expiry * 1_000 : expiry * 1_000 - nowMs;
  if (ttlMs <= 0) return 'over';
  return ttlMs > LIMITS.delayMs ? 0 : Math.max(1, Math.round(ttlMs));
}
