import { getEventListeners } from 'node:events';
import type { HandlerInput } from '@tiercel/worker';
import { nameOf } from './shown.js';

/** A handler that was called. */
export class Run {
  readonly input: HandlerInput;
  /** Virtual. */
  readonly atMs: number;
  /** `lost`: its worker crashed before it could tell. */
  end: 'running' | 'returned' | 'threw' | 'lost' = 'running';
  /** What it threw. */
  error: unknown;
  /** Calls it waits for that take virtual time. */
  waiting = 0;
  #patient = false;

  constructor(input: HandlerInput, atMs: number) {
    this.input = input;
    this.atMs = atMs;
  }

  /** Whether virtual time has to stand still for it. What was asked to stop has no reason to wait for more. */
  get isBusy(): boolean {
    return this.end === 'running' && this.waiting === 0 && (!this.#patient || this.input.signal.aborted);
  }

  get listens(): boolean {
    return getEventListeners(this.input.signal, 'abort').length > 0;
  }

  /** It has had its real time and listens to its signal: it is taken to wait for that. */
  considerPatient(): void {
    this.#patient ||= this.listens;
  }

  toString(): string {
    const { signal } = this.input;
    const asked = signal.aborted ? `, asked to stop: ${(signal.reason as { reason: string }).reason}` : '';
    return `${nameOf(this.input)}, attempt ${this.input.attempt}${asked}`;
  }
}

/** What a list says of a call. */
export const runLine = (run: Run): string =>
  `${run}, at ${new Date(run.atMs).toISOString()}, ${run.end}${run.end === 'threw' ? ` ${String(run.error)}` : ''}`;
