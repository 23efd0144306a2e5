import type { Clock } from '@tiercel/actors';

/** How far two clocks may part between two looks, besides the way of the question. */
const TOLERATED_MS = 1_000;
/** How long a jump is told. */
const TOLD_MS = 600_000;

/** Compares clocks that may be set, of servers or of this machine, with the one of this machine that never jumps. */
export class ClockWatch {
  readonly #clock: Clock;
  /** How far each server's clock was ahead when last seen. */
  readonly #ahead = new Map<string, number>();
  #jump = { byMs: 0, atMs: Number.NEGATIVE_INFINITY };

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The last jump, in milliseconds; 0 when there was none in the last ten minutes. */
  get jumpMs(): number {
    return this.#clock.monotonic() - this.#jump.atMs < TOLD_MS ? this.#jump.byMs : 0;
  }

  /** `server` said what time it was at some moment of the last `tookMs`. Returns by how much its clock jumped since it last did; 0 as a rule. */
  saw(server: string, nowMs: number, tookMs: number): number {
    const ahead = nowMs - this.#clock.monotonic();
    const before = this.#ahead.get(server);
    this.#ahead.set(server, ahead);
    const byMs = before === undefined ? 0 : Math.round(ahead - before);
    if (Math.abs(byMs) <= TOLERATED_MS + tookMs) return 0;
    this.#jump = { byMs, atMs: this.#clock.monotonic() };
    return byMs;
  }
}
