import { soon } from '../soon.js';
import type { Clock, Random, Undo } from '../time.js';
import { type Timer, TimerHeap } from './timer-heap.js';

export interface VirtualClockOptions {
  /** Draws the order of timers due at the same time; without it they go in the order they were set. */
  readonly ties?: Random;
  /** Wall time at the beginning, epoch milliseconds; 2026-01-01 by default. */
  readonly startAtMs?: number;
  /** Events that one `advance` may run before it gives up; 1,000,000 by default. */
  readonly maxEvents?: number;
  /** Asked after every event: time stands still until what it returns has resolved, and then it is asked again. Its failure is that of the `advance`. */
  readonly hold?: () => Promise<void> | undefined;
}

const START_AT_MS = 1_767_225_600_000;
const MAX_EVENTS = 1_000_000;
/** Undone timers are swept out once there are this many and they are the majority. */
const SWEEP_FROM = 256;

/** Time that moves only when told to, event by event. */
export class VirtualClock implements Clock {
  readonly #ties: Random | undefined;
  readonly #maxEvents: number;
  readonly #hold: () => Promise<void> | undefined;
  readonly #timers = new TimerHeap();
  #monotonicMs = 0;
  #wallOffsetMs: number;
  #set = 0;
  #undone = 0;

  constructor({ ties, startAtMs = START_AT_MS, maxEvents = MAX_EVENTS, hold = () => undefined }: VirtualClockOptions = {}) {
    this.#ties = ties;
    this.#wallOffsetMs = startAtMs;
    this.#maxEvents = maxEvents;
    this.#hold = hold;
  }

  /** Timers that are still to fire. */
  get pending(): number {
    return this.#timers.size - this.#undone;
  }

  now(): number {
    return Math.floor(this.#wallOffsetMs + this.#monotonicMs);
  }

  monotonic(): number {
    return this.#monotonicMs;
  }

  after(delayMs: number, act: () => void): Undo {
    const dueMs = this.#monotonicMs + (delayMs > 0 ? delayMs : 0);
    const timer: Timer = { dueMs, tie: this.#ties?.next() ?? 0, order: this.#set++, act };
    this.#timers.push(timer);
    return () => this.#undo(timer);
  }

  /** Sets the wall clock forward, or back when negative, as an operator or NTP may; timers do not notice. */
  jump(byMs: number): void {
    this.#wallOffsetMs += byMs;
  }

  /** Runs all that is due by now, and what follows from it, until nothing is left to do at this instant. */
  settle(): Promise<void> {
    return this.advance(0);
  }

  /** Moves time on by `ms`: one timer at a time, and after each until no microtask is left. */
  advance(ms: number): Promise<void> {
    const untilMs = this.#monotonicMs + ms;
    let events = 0;
    return new Promise((resolve, reject) => {
      const step = (): void => {
        try {
          const held = this.#hold();
          if (held) return void held.then(() => drained(step), reject);
          if (++events > this.#maxEvents)
            throw new Error(`over ${this.#maxEvents} events in ${ms} ms: something repeats without waiting`);
          if (this.#runNext(untilMs)) drained(step);
          else this.#arrive(untilMs, resolve);
        } catch (error) {
          reject(error);
        }
      };
      drained(step);
    });
  }

  #arrive(untilMs: number, resolve: () => void): void {
    this.#monotonicMs = untilMs;
    resolve();
  }

  #runNext(untilMs: number): boolean {
    for (let timer = this.#timers.first; timer && timer.dueMs <= untilMs; timer = this.#timers.first) {
      this.#timers.pop();
      const { act } = timer;
      if (act) {
        timer.act = undefined;
        this.#monotonicMs = timer.dueMs;
        act();
        return true;
      }
      this.#undone--;
    }
    return false;
  }

  #undo(timer: Timer): void {
    if (!timer.act) return;
    timer.act = undefined;
    this.#undone++;
    if (this.#undone < SWEEP_FROM || this.#undone * 2 < this.#timers.size) return;
    this.#timers.compact();
    this.#undone = 0;
  }
}

/**
 * Calls `act` when no microtask is left. Node looks at its tick queue only then, provided the tick was asked for from a microtask;
 * waiting like this costs less than half of what `setImmediate` costs and lets nothing from outside come between.
 */
function drained(act: () => void): void {
  soon(() => process.nextTick(act));
}
