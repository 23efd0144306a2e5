import type { Clock } from '@tiercel/actors';
import type { AbortCause } from './abort.js';
import { Alarm } from './alarm.js';
import type { Slot } from './slot.js';

export interface SlotsOptions {
  readonly clock: Clock;
  readonly graceMs: number;
  /** Its grace is over, it runs on, and it cannot be killed. It is no longer in its slot. */
  stuck(slot: Slot): void;
}

/** The jobs that run, and their time limits: one timer for all of them. */
export class Slots {
  readonly #options: SlotsOptions;
  readonly #running = new Map<number, Slot>();
  readonly #alarm: Alarm;
  #leaving = false;
  #idle: (() => void)[] = [];

  constructor(options: SlotsOptions) {
    this.#options = options;
    this.#alarm = new Alarm(options.clock, (now) => this.#sweep(now));
  }

  get size(): number {
    return this.#running.size;
  }

  begin(slot: Slot): Slot {
    this.#running.set(slot.key, slot);
    this.#alarm.by(slot.limitAt);
    return slot;
  }

  /** `false` when the slot was taken from it before. */
  end(slot: Slot): boolean {
    return this.#running.get(slot.key) === slot && this.#free(slot);
  }

  /** Resolves when nothing runs. */
  idle(): Promise<void> {
    return this.#running.size === 0 ? Promise.resolve() : new Promise((resolve) => this.#idle.push(resolve));
  }

  /** Returns what it aborted; nothing when that does not run. */
  abort(key: number, cause: AbortCause): Slot | undefined {
    const slot = this.#running.get(key);
    if (slot) this.#abort(slot, cause, this.#options.graceMs);
    return slot;
  }

  /** From now on no slot outlives its grace. */
  abortAll(cause: AbortCause, graceMs = this.#options.graceMs): void {
    this.#leaving = true;
    for (const slot of this.#running.values()) this.#abort(slot, cause, graceMs);
  }

  /** Kills what can be killed and forgets all. */
  kill(): void {
    this.#alarm.stop();
    for (const slot of this.#running.values()) slot.run.kill?.();
    this.#running.clear();
    this.#wakeIdle();
  }

  #free(slot: Slot): boolean {
    const ran = this.#running.delete(slot.key);
    if (this.#running.size === 0) this.#wakeIdle();
    return ran;
  }

  #wakeIdle(): void {
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  #abort(slot: Slot, cause: AbortCause, graceMs: number): void {
    slot.abort(cause, this.#options.clock.monotonic() + graceMs);
    this.#alarm.by(slot.limitAt);
  }

  #sweep(now: number): void {
    for (const slot of this.#running.values()) {
      if (slot.limitAt <= now) this.#limit(slot, now);
    }
    for (const slot of this.#running.values()) this.#alarm.by(slot.limitAt);
  }

  /** A handler in this process that does not heed a cancel or a lost lease keeps its slot until its time is up: it does run. */
  #limit(slot: Slot, now: number): void {
    const { aborted, run } = slot;
    const hardEndAt = slot.timeoutAt + this.#options.graceMs;
    if (aborted === undefined) {
      slot.abort('timeout', now + this.#options.graceMs);
    } else if (run.kill) {
      slot.limitAt = Number.POSITIVE_INFINITY;
      run.kill();
    } else if (!this.#leaving && aborted !== 'timeout' && now < hardEndAt) {
      slot.limitAt = hardEndAt;
    } else {
      this.#free(slot);
      this.#options.stuck(slot);
    }
  }
}
