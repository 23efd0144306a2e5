import type { Clock, Undo } from '../time.js';

interface Held {
  act: (() => void) | undefined;
}

/** The clock as one node sees it: the node may be paused or killed, and its wall clock may be wrong. */
export class NodeClock implements Clock {
  readonly #clock: Clock;
  #state: 'running' | 'paused' | 'killed' = 'running';
  #held: Held[] = [];
  #offsetMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now() + this.#offsetMs;
  }

  monotonic(): number {
    return this.#clock.monotonic();
  }

  after(delayMs: number, act: () => void): Undo {
    const timer: Held = { act };
    const undo = this.#clock.after(delayMs, () => this.#fire(timer));
    return () => {
      timer.act = undefined;
      undo();
    };
  }

  /** Sets this node's wall clock forward, or back when negative. */
  jump(byMs: number): void {
    this.#offsetMs += byMs;
  }

  /** What falls due from now on is held. */
  pause(): void {
    if (this.#state === 'running') this.#state = 'paused';
  }

  /** What was held comes in a burst, in the order it fell due. */
  resume(): void {
    if (this.#state !== 'paused') return;
    this.#state = 'running';
    for (const timer of this.#held.splice(0)) this.#clock.after(0, () => this.#fire(timer));
  }

  /** Nothing fires any more. */
  kill(): void {
    this.#state = 'killed';
    this.#held = [];
  }

  #fire(timer: Held): void {
    if (this.#state === 'paused') this.#held.push(timer);
    else if (this.#state === 'running') timer.act?.();
  }
}
