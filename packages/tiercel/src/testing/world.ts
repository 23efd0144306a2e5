import { type Log, type Random, silentLog } from '@tiercel/actors';
import { forkRandom, seededRandom, VirtualClock } from '@tiercel/actors/testing';
import { type Duration, fail, LIMITS, toMs } from '@tiercel/protocol';
import { instrument, type JobStore, openMemoryStore, type Retention } from '@tiercel/store';
import { type Embedded, embed } from '../wiring.js';
import { Book } from './book.js';
import { KitError } from './kit-error.js';
import { Runs } from './runs.js';
import { TestClient } from './test-client.js';
import { WaitingRoom } from './waiting-room.js';

export interface WorldOptions {
  /** Virtual time at the beginning: a Date, epoch milliseconds, or text that `Date` reads; 2026-01-01T00:00:00Z by default. */
  readonly startAt?: Date | number | string;
  /** Draws all that happens by chance: ids, jitter of backoffs, the order of what is due at once; 1 by default. */
  readonly seed?: number;
  /**
   * Real milliseconds for which virtual time stands still while a handler runs; then it is HANDLER_RUNS. They count anew whenever a
   * handler ends; 2,000 by default, which is less than what runners give a test.
   */
  readonly handlerMs?: number;
  /** Real milliseconds after which a handler that listens to its `signal` is taken to wait for it, so that time may pass; 100 by default. */
  readonly signalMs?: number;
  /** Calls of handlers in one `advance`, `settle` or `drain`, after which it is KEEPS_COMING; 10,000 by default. */
  readonly maxRuns?: number;
  /** Silent by default. */
  readonly log?: Log;
}

const NAME = 'test';
const SHARD = 0;
const DAY_MS = 86_400_000;
/** An hour in which nothing is due costs next to nothing; what is due is swept when it is due, see {@link World} `#step`. */
const BOUNDS = { pollMs: 3_600_000, scrubMs: DAY_MS, scrubBusyMs: DAY_MS };
/** Events of one pass; {@link WorldOptions.maxRuns} is what bounds jobs. */
const MAX_EVENTS = 10_000_000;
const KEPT = Number.MAX_SAFE_INTEGER;
/** What is over stays to be seen for as long as the test lasts. */
const RETENTION: Partial<Retention> = {
  finishedMs: LIMITS.delayMs,
  finishedMax: KEPT,
  finishedBytes: KEPT,
  deadMs: LIMITS.delayMs,
  deadMax: KEPT,
  deadBytes: KEPT,
};
/** Between two looks of a drain while a handler waits for time to pass, under a lease that never ends. */
const DRAIN_STEP_MS = 1_000;
const CLOSE_STEP_MS = 1_000;

/** An embedded installation over a storage in memory, on a clock of its own, and all that a test may want to know of it. */
export class World {
  readonly clock: VirtualClock;
  readonly random: Random;
  readonly runs: Runs;
  readonly book: Book = new Book();
  /** Whoever was spoken for. */
  readonly tenants = new Set<string>();
  readonly log: Log;
  readonly store: JobStore;
  readonly #room: WaitingRoom;
  #wiring: Embedded | undefined;
  #passing: Promise<void> | undefined;

  private constructor(options: WorldOptions) {
    const { seed = 1, startAt, handlerMs = 2_000, signalMs = 100, maxRuns = 10_000, log = silentLog } = options;
    const random = seededRandom(seed);
    this.random = random;
    this.log = log;
    this.runs = new Runs({ now: () => this.clock.now(), handlerMs, signalMs, maxRuns });
    this.clock = new VirtualClock({
      ties: forkRandom(random),
      hold: this.runs.quiet,
      maxEvents: MAX_EVENTS,
      ...(startAt === undefined ? {} : { startAtMs: timeOf(startAt) }),
    });
    this.#room = new WaitingRoom(this.clock);
    const store = openMemoryStore({ clock: this.clock, shards: 1, retention: RETENTION });
    this.store = instrument(store, { clock: this.clock, onCall: (verb, _, items) => this.#room.called(verb, items) });
  }

  /** Throws BAD_OPTION. */
  static async open(options: WorldOptions): Promise<World> {
    const world = new World(options);
    world.#wiring = await embed(world.store, { namespace: NAME, ...world.parts }, BOUNDS);
    return world;
  }

  get parts() {
    const { log, clock, random } = this;
    return { name: NAME, log, clock, random };
  }

  get wiring(): Embedded {
    const wiring = this.#wiring as Embedded;
    return {
      ...wiring,
      broker: (tenant) => this.#room.before(wiring.broker(tenant)),
      client: (tenant, broker, parts) => {
        this.tenants.add(tenant);
        return new TestClient(tenant, broker, parts, this);
      },
    };
  }

  /** Over when the time that is passing has passed; undefined while time stands still. */
  get passing(): Promise<unknown> | undefined {
    return this.#passing;
  }

  now(): number {
    return this.clock.now();
  }

  /** Lets time pass, with all that is due on the way. Throws BAD_OPTION and what {@link Runs.quiet} throws. */
  advance(duration: Duration): Promise<void> {
    const ms = toMs('advance', duration, LIMITS.delayMs);
    return this.#exclusively(async () => {
      const untilMs = this.clock.monotonic() + ms;
      for (let leftMs = ms; leftMs > 0; leftMs = untilMs - this.clock.monotonic()) await this.#step(leftMs);
      await this.#sweep();
    });
  }

  /** Lets time pass until no job waits for it, and nothing is performed any more. */
  drain(): Promise<void> {
    return this.#exclusively(async () => {
      while (await this.#step());
    });
  }

  /** A worker's process ended, and brokers heard of it. */
  tellGone(owner: string, reason: string): void {
    this.#wiring?.brokers.tell('gone', { owner, reason });
  }

  /** Lets time pass until `end` is over; no handler is waited for. Its waits are bounded, in virtual time. */
  async passUntil(end: Promise<unknown>): Promise<void> {
    this.runs.release();
    let over = false;
    void Promise.allSettled([end]).then(() => {
      over = true;
    });
    while (!over) await this.clock.advance(CLOSE_STEP_MS);
    this.runs.close();
    await end;
  }

  async #exclusively(pass: () => Promise<void>): Promise<void> {
    if (this.#passing) throw new KitError('TIME_PASSES', 'time is passing already; await each call, and let no handler make one');
    this.runs.countAnew();
    const passed = pass().finally(() => {
      this.#passing = undefined;
    });
    this.#passing = passed.catch(() => {}); // told to whoever let it pass
    await passed;
  }

  /** Does what there is to do now, then lets time pass until something is due, or for `mostMs`. Returns whether there was anything to wait for. */
  async #step(mostMs?: number): Promise<boolean> {
    await this.#sweep();
    const ms = (await this.#nextInMs()) ?? mostMs;
    if (ms === undefined) return false;
    await this.clock.advance(Math.min(ms, mostMs ?? ms));
    return true;
  }

  /** Brokers sweep at once, since they are told of somebody who is gone; he held nothing. */
  async #sweep(): Promise<void> {
    this.tellGone('nobody', 'SWEEP');
    await this.clock.advance(0);
  }

  /** Milliseconds until something is due for a job; undefined when nothing ever will be. What is due now has been swept, so these two move nothing. */
  async #nextInMs(): Promise<number | undefined> {
    const [{ nextInMs: due }, { nextInMs: ended }] = [await this.store.promote(SHARD, 1), await this.store.reap(SHARD, 1)];
    const waits = [due, ended].filter((ms) => ms !== undefined);
    if (waits.length > 0) return Math.max(1, Math.min(...waits));
    return this.runs.running > 0 ? DRAIN_STEP_MS : undefined;
  }
}

function timeOf(startAt: Date | number | string): number {
  const ms = new Date(startAt).getTime();
  return Number.isFinite(ms)
    ? ms
    : fail('BAD_OPTION', {
        option: 'startAt',
        expected: 'a Date, milliseconds since 1970, or text that Date reads',
        got: String(startAt),
      });
}
