import type { Random } from './time.js';

export interface RedialBounds {
  /** Shortest and longest wait before a connection is tried again, in milliseconds. */
  readonly reconnectMinMs: number;
  readonly reconnectMaxMs: number;
}

/** Full jitter, so that those who lost the same end do not come back all at once; the upper end doubles from try to try. */
export function redialMs(tries: number, { reconnectMinMs, reconnectMaxMs }: RedialBounds, random: Random): number {
  const upper = Math.min(reconnectMaxMs, reconnectMinMs * 2 ** (tries + 2));
  return reconnectMinMs + random.next() * (upper - reconnectMinMs);
}
