import { AsyncLocalStorage } from 'node:async_hooks';
import { realClock } from '@tiercel/actors';
import type { HandlerInput } from '@tiercel/worker';
import { KitError } from './kit-error.js';
import { Run, runLine } from './run.js';
import { listed } from './shown.js';

export interface RunsOptions {
  readonly now: () => number;
  /** Real time without any handler ending, after which those that run are given up. */
  readonly handlerMs: number;
  /** The same, after which those that listen to their signal are taken to wait for it. */
  readonly signalMs: number;
  readonly maxRuns: number;
}

/**
 * Every call of a handler, and when all is quiet.
 *
 * A handler waits for one of two things: for the real world (a promise, a mocked request, a database), which goes on while virtual time
 * stands still; or for virtual time itself, which must pass or it waits for ever. Which of the two cannot be seen from outside, so:
 * virtual time stands still while any handler runs, unless that one is known to wait for virtual time: it is in `result()` of another
 * job, or it listens to its `signal` and has not ended in `signalMs` of real time. One that does neither and does not end is an error
 * after `handlerMs` of real time. What is done when Node has no microtask left costs no waiting at all.
 */
export class Runs {
  readonly all: Run[] = [];
  readonly #options: RunsOptions;
  readonly #running = new Set<Run>();
  readonly #handlers = new AsyncLocalStorage<Run>();
  #changed: () => void = () => {};
  #countedFrom = 0;
  #released = false;

  constructor(options: RunsOptions) {
    this.#options = options;
  }

  /** Handlers that have not ended. */
  get running(): number {
    return this.#running.size;
  }

  begin(input: HandlerInput): Run {
    const run = new Run(input, this.#options.now());
    this.all.push(run);
    this.#running.add(run);
    return run;
  }

  /** Calls the handler; what it does is its own. */
  async perform<T>(run: Run, handler: () => T | Promise<T>): Promise<T> {
    try {
      const value = await this.#handlers.run(run, handler);
      this.#end(run, 'returned');
      return value;
    } catch (error) {
      run.error = error;
      this.#end(run, 'threw');
      throw error;
    }
  }

  /** Their process is gone: nothing is waited for, and what they still do counts for nothing. */
  lose(runs: Iterable<Run>): void {
    for (const run of runs) this.#end(run, 'lost');
  }

  /** Whose handler this is called in. */
  get current(): Run | undefined {
    return this.#handlers.getStore();
  }

  /** Time may pass while the handler waits. */
  async whileWaiting<T>(run: Run, wait: () => Promise<T>): Promise<T> {
    run.waiting++;
    this.#changed();
    try {
      return await wait();
    } finally {
      run.waiting--;
    }
  }

  /** From now on `maxRuns` more may begin. */
  countAnew(): void {
    this.#countedFrom = this.all.length;
  }

  /** From now on no handler is waited for. */
  release(): void {
    this.#released = true;
  }

  /** Knows no longer who calls. Until then Node follows every promise of the process, those of other tests too. */
  close(): void {
    this.#handlers.disable();
  }

  /** What has to be waited for before virtual time may pass. Rejects with HANDLER_RUNS and KEEPS_COMING. */
  readonly quiet = (): Promise<void> | undefined => {
    if (this.#released) return undefined;
    if (this.all.length - this.#countedFrom > this.#options.maxRuns) return Promise.reject(this.#keepsComing());
    return this.#busy().length === 0 ? undefined : this.#untilQuiet();
  };

  #busy(): Run[] {
    return this.#running.size === 0 ? [] : [...this.#running].filter((run) => run.isBusy);
  }

  #end(run: Run, end: 'returned' | 'threw' | 'lost'): void {
    if (!this.#running.delete(run)) return;
    run.end = end;
    this.#changed();
  }

  async #untilQuiet(): Promise<void> {
    const { handlerMs, signalMs } = this.#options;
    let sinceMs = realClock.monotonic();
    while (this.#busy().length > 0) {
      const changed = await this.#changeWithin(Math.min(signalMs, sinceMs + handlerMs - realClock.monotonic()));
      const heldMs = realClock.monotonic() - sinceMs;
      if (changed) sinceMs = realClock.monotonic();
      else if (heldMs >= handlerMs) throw this.#handlerRuns();
      else for (const run of this.#busy()) run.considerPatient();
    }
  }

  /** Whether anything changed within so much real time. */
  #changeWithin(ms: number): Promise<boolean> {
    return new Promise((resolve) => {
      const undo = realClock.after(ms, () => resolve(false));
      this.#changed = () => {
        undo();
        resolve(true);
      };
    });
  }

  #handlerRuns(): KitError {
    const remedy =
      'If it waits for its timeout or for a cancel, let it listen to its `signal`; if the real world is slow, raise `handlerMs`.';
    const { handlerMs } = this.#options;
    return new KitError('HANDLER_RUNS', `after ${handlerMs} ms of real time this still runs:${listed(this.#busy())}\n${remedy}`);
  }

  #keepsComing(): KitError {
    const runs = this.all.slice(this.#countedFrom);
    const counts = new Map<string, { readonly last: Run; readonly times: number }>();
    for (const run of runs) counts.set(run.input.name, { last: run, times: (counts.get(run.input.name)?.times ?? 0) + 1 });
    const most = [...counts.values()].sort((a, b) => b.times - a.times);
    const lines = most.map(({ last, times }) => `${times} × ${last.input.name}, last ${runLine(last)}`);
    const remedy = 'If a job enqueues itself again, advance() by what the test needs instead; else raise `maxRuns`.';
    return new KitError('KEEPS_COMING', `more than ${this.#options.maxRuns} runs, and no end:${listed(lines)}\n${remedy}`);
  }
}
