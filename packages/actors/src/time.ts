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
  const hex = Buffer.from(random.bytes(10)).toString('hex');
  const ms = Math.max(0, Math.floor(clock.now())).toString(16).padStart(12, '0');
  const variant = ((Number.parseInt(hex[3] as string, 16) & 0x3) | 0x8).toString(16);
  return `${ms.slice(0, 8)}-${ms.slice(8)}-7${hex.slice(0, 3)}-${variant}${hex.slice(4, 7)}-${hex.slice(7, 19)}`;
}
