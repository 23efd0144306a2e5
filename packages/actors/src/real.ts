import { randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import type { Clock, Random } from './time.js';

/** `performance.now` counts from the start of its thread; with this, all threads of the machine count alike. */
const sinceBoot = Number(process.hrtime.bigint()) / 1e6 - performance.now();

/** The machine's clock. The only file that reads it. */
export const realClock: Clock = {
  now: () => Date.now(),
  monotonic: () => sinceBoot + performance.now(),
  after(delayMs, act) {
    const timer = setTimeout(act, Math.min(Math.max(0, delayMs), 2 ** 31 - 1));
    return () => clearTimeout(timer);
  },
};

/** The machine's dice. The only file that throws them. */
export const realRandom: Random = {
  next: () => Math.random(),
  bytes: pooledBytes,
};

const POOL_BYTES = 8_192;
let pool = randomBytes(POOL_BYTES);
let used = 0;

/** Random bytes cut from a pool: one system call for many ids. */
function pooledBytes(count: number): Uint8Array {
  if (count > POOL_BYTES) return randomBytes(count);
  if (used + count > POOL_BYTES) {
    pool = randomBytes(POOL_BYTES);
    used = 0;
  }
  used += count;
  return pool.subarray(used - count, used);
}
