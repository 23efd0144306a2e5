import type { Random } from '../time.js';

const WARM_UP = 15;

/**
 * A seeded {@link Random}: sfc32, the 32-bit "small fast counting" generator of Chris Doty-Humphrey's PractRand. Its state is three
 * words and a counter, so no seed has a cycle shorter than 2^32. `seed`: any whole number up to 2^53.
 */
export function seededRandom(seed: number): Random {
  let a = seed | 0;
  let b = Math.floor(seed / 2 ** 32) | 0;
  let c = 0;
  let counter = 1;
  const word = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  for (let round = 0; round < WARM_UP; round++) word();
  return {
    next: () => word() / 2 ** 32,
    bytes: (count) => Uint8Array.from({ length: count }, () => word() >>> 24),
  };
}

/** A generator of its own, drawn from another: what one part draws does not shift what another part gets. */
export const forkRandom = (random: Random): Random => seededRandom(Math.floor(random.next() * 2 ** 32));
