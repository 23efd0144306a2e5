/** Stops what a timer or a subscription would still do; calling it again does nothing. */
export type Undo = () => void;

/** The only source of time. Everything that waits takes one. */
export interface Clock {
  /** Wall time in epoch milliseconds; may jump. */
  now(): number;
  /** Milliseconds that never go back; for durations and deadlines. */
  monotonic(): number;
  /** Runs `act` once, `delayMs` from now. */
  after(delayMs: number, act: () => void): Undo;
}

/** The only source of chance. */
export interface Random {
  /** 0 ≤ n < 1 */
  next(): number;
  bytes(count: number): Uint8Array;
}

/** A whole number, 0 ≤ n < `below`. */
export const intBelow = (random: Random, below: number): number => Math.floor(random.next() * below);

/** `delayMs` spread over ± `share` of itself, so that many who wait alike do not wake at once. */
export const jittered = (random: Random, delayMs: number, share = 0.2): number => delayMs * (1 - share + random.next() * 2 * share);

/** Waits on `clock`. */
export const sleep = (clock: Clock, delayMs: number): Promise<void> => new Promise((resolve) => clock.after(delayMs, resolve));

/**
 * A UUID version 7 (RFC 9562 section 5.7): 48 bits of epoch milliseconds, then random bits.
 */
export function uuidV7(clock: Clock, random: Random): string {
  const bytes = random.bytes(10);
  let ms = Math.max(0, Math.floor(clock.now()));
  for (let place = 11; place >= 0; place--) {
    uuid[MS_AT[place] as number] = DIGITS[ms % 16] as number;
    ms = Math.floor(ms / 16);
  }
  for (let place = 0; place < RANDOM_AT.length; place++) uuid[RANDOM_AT[place] as number] = DIGITS[nibble(bytes, place)] as number;
  uuid[VARIANT_AT] = DIGITS[(nibble(bytes, 3) & 0x3) | 0x8] as number;
  return uuid.toString('latin1');
}

/** The text is made in one piece: one put together from parts is put together again by whoever reads it. */
const uuid = Buffer.from('00000000-0000-7000-0000-000000000000', 'latin1');
const DIGITS = Buffer.from('0123456789abcdef', 'latin1');
const MS_AT = [0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12];
const VARIANT_AT = 19;
/** Of the random digits; the fourth makes the variant. */
const RANDOM_AT = [15, 16, 17, VARIANT_AT, 20, 21, 22, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35];

const nibble = (bytes: Uint8Array, place: number): number => ((bytes[place >> 1] as number) >> (place % 2 === 0 ? 4 : 0)) & 0xf;
