import type { Random } from '@tiercel/actors';

/** What the backoff of a job is computed from. */
export interface BackoffOf {
  /** Attempts spent before this one. */
  readonly spent: number;
  readonly backoffMs: number;
  readonly backoffMaxMs: number;
}

/**
 * How long a failed job waits: full jitter, a whole number drawn evenly from 0 … min(backoffMaxMs, backoffMs × 2^spent).
 * From "Exponential Backoff And Jitter", AWS Architecture Blog, 2015: of the schemes compared there, the least work for the server.
 */
export function jobBackoffMs(random: Random, { spent, backoffMs, backoffMaxMs }: BackoffOf): number {
  const cap = Math.min(backoffMaxMs, backoffMs * 2 ** spent);
  return Math.floor(random.next() * (cap + 1));
}

/** Bounds of the pause before a call to the broker is repeated. */
export interface RepeatBounds {
  readonly minMs: number;
  readonly maxMs: number;
}

/** Pause before repeating a call that failed `failures` times in a row (from 1): at least `minMs`, jittered above it, at most `maxMs`. */
export function repeatBackoffMs(random: Random, failures: number, { minMs, maxMs }: RepeatBounds): number {
  const cap = Math.min(maxMs, minMs * 2 ** failures);
  return minMs + random.next() * (cap - minMs);
}

/** The pause a refusal asks for (`retryAfterMs` of BUSY), at most `maxMs`; 0 when it names none. */
export function retryAfterMs(error: unknown, maxMs: number): number {
  const asked = (error as { facts?: { retryAfterMs?: unknown } } | null)?.facts?.retryAfterMs;
  return typeof asked === 'number' && asked > 0 ? Math.min(asked, maxMs) : 0;
}
