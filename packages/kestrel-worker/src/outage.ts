import type { Clock, Log, Random } from '@tiercel/actors';
import { answerOf } from '@tiercel/kestrel';
import { codeOf } from '@tiercel/protocol';
import { reasonOf } from '@tiercel/worker';
import { CONSUME_LIMITS } from './consume-limits.js';

export interface OutageOptions {
  /** `host:port`. */
  readonly server: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** A server that is away, or refuses: told once when that begins and once when it is over, however often it is tried meanwhile. */
export class Outage {
  readonly #options: OutageOptions;
  #failures = 0;
  #sinceMs = 0;

  constructor(options: OutageOptions) {
    this.#options = options;
  }

  get lasts(): boolean {
    return this.#failures > 0;
  }

  /** Returns how long to wait before the next try. Throws what is no answer of a server. */
  failed(error: unknown): number {
    if (answerOf(error) === undefined && codeOf(error) !== 'BAD_MESSAGE') throw error;
    const { server, clock, random, log } = this.#options;
    if (this.#failures++ === 0) {
      this.#sinceMs = clock.monotonic();
      const refused = answerOf(error) !== 'unreachable';
      log.warn(
        { server, reason: reasonOf(error) },
        refused ? 'server refuses, and is asked again until it does not' : 'server away',
      );
    }
    const { minMs, maxMs } = CONSUME_LIMITS.away;
    return minMs + random.next() * (Math.min(maxMs, minMs * 2 ** this.#failures) - minMs);
  }

  over(): void {
    if (this.#failures === 0) return;
    const { server, clock, log } = this.#options;
    log.info({ server, awayMs: Math.round(clock.monotonic() - this.#sinceMs), tries: this.#failures }, 'server back');
    this.#failures = 0;
  }
}
