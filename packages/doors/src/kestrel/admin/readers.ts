import type { Clock, Undo } from '@tiercel/actors';
import { type Report, since } from './report.js';

/** Bounds of what is remembered for those who ask again and again. Times in milliseconds. */
export const READER_BOUNDS = {
  /** Namespaces; the one that was silent for longest is forgotten, and is told everything the next time. */
  namespaces: 16,
  /** Periods of different lengths at once. */
  periods: 8,
  /** A period that nobody asked for so many times its length ends. */
  idlePeriods: 10,
} as const;

type Counters = Report['counters'];

interface Period {
  /** What is told now: what came in the last whole period. */
  told: Promise<Report>;
  /** Counters as the last whole period ended. */
  before: Counters;
  askedAt: number;
  undo: Undo;
}

/** Those who read what came since another reading: since they last asked, or in the last whole period. */
export class Readers {
  readonly #take: () => Promise<Report>;
  readonly #clock: Clock;
  /** Counters by the name of a reader, as they were when it last asked. */
  readonly #namespaces = new Map<string, Counters>();
  readonly #periods = new Map<number, Period>();

  constructor(take: () => Promise<Report>, clock: Clock) {
    this.#take = take;
    this.#clock = clock;
  }

  /** What came since this name last asked; the first time everything. */
  async namespace(name: string): Promise<Report> {
    const report = await this.#take();
    const told = since(this.#namespaces.get(name) ?? NOTHING, report);
    this.#namespaces.delete(name);
    this.#namespaces.set(name, overZero(report.counters));
    if (this.#namespaces.size > READER_BOUNDS.namespaces) this.#namespaces.delete(this.#namespaces.keys().next().value as string);
    return told;
  }

  /** Before one has passed, everything up to when it was first asked for. `undefined`: too many periods. */
  period(lengthMs: number): Promise<Report> | undefined {
    const known = this.#periods.get(lengthMs);
    if (!known && this.#periods.size >= READER_BOUNDS.periods) return undefined;
    const period = known ?? this.#begin(lengthMs);
    period.askedAt = this.#clock.monotonic();
    return period.told;
  }

  close(): void {
    for (const lengthMs of [...this.#periods.keys()]) this.#end(lengthMs);
  }

  #begin(lengthMs: number): Period {
    const period: Period = { told: this.#take(), before: NOTHING, askedAt: 0, undo: () => {} };
    this.#periods.set(lengthMs, period);
    period.told.then(
      ({ counters }) => {
        period.before = overZero(counters);
        this.#await(lengthMs, period);
      },
      () => this.#end(lengthMs), // whoever asked hears of it; the next begins anew
    );
    return period;
  }

  #await(lengthMs: number, period: Period): void {
    if (this.#periods.get(lengthMs) !== period) return;
    const idleMs = this.#clock.monotonic() - period.askedAt;
    if (idleMs >= READER_BOUNDS.idlePeriods * lengthMs) this.#end(lengthMs);
    else period.undo = this.#clock.after(lengthMs, () => void this.#latch(lengthMs, period));
  }

  async #latch(lengthMs: number, period: Period): Promise<void> {
    try {
      const report = await this.#take();
      period.told = Promise.resolve(since(period.before, report));
      period.before = overZero(report.counters);
    } catch {
      // the brokers are not there now: the next one tells of both periods
    }
    this.#await(lengthMs, period);
  }

  #end(lengthMs: number): void {
    this.#periods.get(lengthMs)?.undo();
    this.#periods.delete(lengthMs);
  }
}

const NOTHING: Counters = new Map();

/** Of thousands of queues most counters are 0, and need not be remembered. */
const overZero = (counters: Counters): Counters => new Map([...counters].filter(([, value]) => value > 0));
