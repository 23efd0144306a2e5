import type { Random } from '@tiercel/actors';
import { DEFAULTS, type Duration, LIMITS, toMs } from '@tiercel/protocol';
import type { HandlerSettings } from '@tiercel/worker';

/** How often and how long a job may be tried. The item does not say. */
export interface Allowance {
  /** Attempts in all; 0 = no limit. */
  readonly attempts: number;
  /** Longest wait before the second attempt; it doubles with each one after that, up to `backoffMaxMs`. */
  readonly backoffMs: number;
  readonly backoffMaxMs: number;
  /** How long one attempt may run. */
  readonly timeoutMs: number;
}

/** What is given, else what the definition of the job says, else what our own jobs have. */
export function allowanceOf(given: Partial<Allowance>, { attempts, backoff, timeout }: HandlerSettings = {}): Allowance {
  const ms = (option: string, defined: Duration | undefined, usual: number, mostMs: number) =>
    toMs(option, defined ?? usual, mostMs);
  return {
    attempts: attempts ?? DEFAULTS.attempts,
    backoffMs: ms('backoff.delay', backoff?.delay, DEFAULTS.backoffMs, LIMITS.backoffMs),
    backoffMaxMs: ms('backoff.max', backoff?.max, DEFAULTS.backoffMaxMs, LIMITS.backoffMs),
    timeoutMs: ms('timeout', timeout, DEFAULTS.timeoutMs, LIMITS.timeoutMs),
    ...given,
  };
}

/**
 * How long a job waits that failed `spent` times, from 1: between half of the wait and all of it, so that a failed job never comes straight back and those
 * that failed together do not come back together.
 */
export function retryDelayMs(random: Random, spent: number, { backoffMs, backoffMaxMs }: Allowance): number {
  const mostMs = Math.min(backoffMaxMs, backoffMs * 2 ** (spent - 1));
  return Math.round(mostMs / 2 + (random.next() * mostMs) / 2);
}

/** Whether the attempt of this number, from 1, is the last. */
export const isLast = (attempt: number, { attempts }: Allowance): boolean => attempts > 0 && attempt >= attempts;
