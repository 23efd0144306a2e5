import { type Clock, jittered, type Random, type Undo } from '@tiercel/actors';
import { asTiercelError, type LeasedJob, LIMITS, type ReserveReply, type TiercelError } from '@tiercel/protocol';
import { BOUNDS } from './bounds.js';
import type { Brokers } from './brokers.js';
import type { Read } from './read.js';
import { oncePerTurn } from './turn.js';
import { Waiter } from './waiter.js';

export interface LineParts {
  readonly brokers: Brokers;
  /** Under which the door holds leases. */
  readonly owner: string;
  readonly clock: Clock;
  readonly random: Random;
  /** Makes reads of what was granted; what cannot be read is set aside and not among them. */
  readonly receive: (jobs: readonly LeasedJob[]) => readonly Read[];
  /** Takes back, to the head of the queue, what nobody waits for any more. */
  readonly giveBack: (reads: readonly Read[]) => void;
  readonly failed: (error: TiercelError, queue: string) => void;
}

/**
 * The clients that want items of one queue, first come, first served. They share their reserves: one that is parked at a broker for all who
 * wait, and one beside it for those who want to know at once. What a reserve brings goes to the first who is still there.
 */
export class Line {
  readonly #queue: string;
  readonly #parts: LineParts;
  readonly #askSoon = oncePerTurn(() => this.#ask());
  /** In the order in which they came. */
  readonly #waiters = new Set<Waiter>();
  /** Those of them who want to know at once, or whose time is up. */
  readonly #due = new Set<Waiter>();
  #came = 0;
  /** Reserves under way. */
  #parked = false;
  #probing = false;
  #failures = 0;
  /** When a reserve was answered last, and the last who had come when it was sent. */
  #answeredAt = Number.NEGATIVE_INFINITY;
  #answeredFor = 0;
  /** Since when no reserve was answered, on the monotonic clock. */
  #failingSince: number | undefined;
  #undoPause: Undo | undefined;

  constructor(queue: string, parts: LineParts) {
    this.#queue = queue;
    this.#parts = parts;
  }

  get waiting(): number {
    return this.#waiters.size;
  }

  get isIdle(): boolean {
    return this.#waiters.size === 0 && !this.#parked && !this.#probing && this.#undoPause === undefined;
  }

  /** Its promise throws what the brokers refuse with for `BOUNDS.answerMs`. */
  wait(want: number, waitMs: number): Waiter {
    const waiter = new Waiter({ want, waitMs, clock: this.#parts.clock, order: ++this.#came }, (due) => this.#isUp(due));
    this.#waiters.add(waiter);
    if (waitMs <= 0) this.#due.add(waiter);
    this.#askSoon();
    return waiter;
  }

  /** Its client has gone. */
  leave(waiter: Waiter): void {
    this.#endEmpty(waiter);
  }

  /** Whoever waits goes away with nothing. */
  close(): void {
    this.#undoPause?.();
    this.#undoPause = undefined;
    for (const waiter of this.#waiters) this.#endEmpty(waiter);
  }

  /**
   * That there is nothing is said only where brokers answered a moment ago, and one had the time to look for this client: its reserve came back, or was
   * parked. Else one is asked.
   */
  #isUp(waiter: Waiter): void {
    this.#due.add(waiter);
    const isAnswered = this.#parts.clock.monotonic() - this.#answeredAt <= BOUNDS.answeredMs;
    if (isAnswered && (waiter.order <= this.#answeredFor || waiter.waitMs >= BOUNDS.lookedMs)) this.#endEmpty(waiter);
    else this.#askSoon();
  }

  #drop(waiter: Waiter): void {
    this.#waiters.delete(waiter);
    this.#due.delete(waiter);
  }

  #ask(): void {
    if (this.#undoPause !== undefined || this.#waiters.size === 0) return;
    if (!this.#probing && this.#due.size > 0) this.#probe();
    else if (!this.#probing && !this.#parked) this.#park();
  }

  /** For those who want to know at once. */
  #probe(): void {
    this.#probing = true;
    void this.#reserve(0).then((tooSoon) => {
      this.#probing = false;
      if (tooSoon !== undefined) this.#askSoon();
    });
  }

  #park(): void {
    this.#parked = true;
    void this.#reserve(this.#parkMs()).then((tooSoon) => {
      this.#parked = false;
      if (tooSoon) this.#pause(BOUNDS.reserveRepeat.minMs);
      else if (tooSoon !== undefined) this.#askSoon();
    });
  }

  /** As long as somebody waits, so that nothing is parked for nobody. */
  #parkMs(): number {
    let longestMs = 1;
    for (const { leftMs } of this.#waiters) {
      longestMs = Math.max(longestMs, leftMs);
      if (longestMs >= BOUNDS.parkMs) return BOUNDS.parkMs;
    }
    return Math.ceil(longestMs);
  }

  /**
   * One reserve for all who are there: who is there when it is sent and wants no more than to know has his answer with it. Tells whether it came
   * back sooner than it may, so that a broker that does not park does not make the door spin; `undefined` when it failed.
   */
  async #reserve(parkMs: number): Promise<boolean | undefined> {
    const { clock, receive } = this.#parts;
    const cameBefore = this.#came;
    const sentAt = clock.monotonic();
    const reply = await this.#send(parkMs);
    if (reply === undefined) return undefined;
    this.#answeredFor = Math.max(this.#answeredFor, cameBefore);
    const tookMs = clock.monotonic() - sentAt;
    const reads = receive(reply.jobs);
    if (isDoubtful(reply, tookMs)) {
      this.#parts.giveBack(reads);
      return true;
    }
    this.#serve(reads);
    if (reply.jobs.length > 0 && reads.length === 0) return false; // what was set aside may stand before others
    for (const waiter of this.#due) if (waiter.order <= cameBefore) this.#endEmpty(waiter);
    return reply.jobs.length === 0 && tookMs < parkMs / 2;
  }

  async #send(parkMs: number): Promise<ReserveReply | undefined> {
    const { brokers, owner, clock } = this.#parts;
    const demand = { queues: [this.#queue], max: this.#wanted(), maxBytes: BOUNDS.reserveBytes, owner, parkMs };
    const options = { topic: this.#queue, timeoutMs: parkMs + BOUNDS.parkSlackMs };
    try {
      const reply = await brokers.ask(brokers.serving, 'reserve', demand, options);
      this.#answeredAt = clock.monotonic();
      this.#failures = 0;
      this.#failingSince = undefined;
      if (parkMs === 0 && reply.jobs.length === 0 && (await this.#isThere())) return await this.#send(BOUNDS.lookMs);
      return reply;
    } catch (error) {
      this.#failed(asTiercelError(error));
      return undefined;
    }
  }

  #wanted(): number {
    let wanted = 0;
    for (const { want } of this.#waiters) {
      wanted += want;
      if (wanted >= LIMITS.batchItems) return LIMITS.batchItems;
    }
    return Math.max(1, wanted);
  }

  /** A broker that was just begun has not heard yet which tenants have jobs, so that it has none for the pool is no proof that there are none. */
  async #isThere(): Promise<boolean> {
    const { brokers } = this.#parts;
    if (brokers.bound !== '') return false;
    return (await brokers.readyPairs(this.#queue, 1)).length > 0;
  }

  #endEmpty(waiter: Waiter): void {
    waiter.end([]);
    this.#drop(waiter);
  }

  #serve(reads: readonly Read[]): void {
    let at = 0;
    for (const waiter of this.#waiters) {
      if (at >= reads.length) break;
      const share = reads.slice(at, at + waiter.want);
      at += share.length;
      waiter.end(share);
      this.#drop(waiter);
    }
    if (at < reads.length) this.#parts.giveBack(reads.slice(at));
  }

  /** Brokers may be away for a moment. Who waits is told when it is more than that. */
  #failed(error: TiercelError): void {
    const { clock, random, failed } = this.#parts;
    // an answer was missed from when it was asked for
    this.#failingSince ??= clock.monotonic() - (error.code === 'NO_ANSWER' ? BOUNDS.parkSlackMs : 0);
    failed(error, this.#queue);
    if (!error.retryable || clock.monotonic() - this.#failingSince >= BOUNDS.answerMs) {
      this.#failingSince = undefined;
      for (const waiter of this.#waiters) {
        waiter.fail(error);
        this.#drop(waiter);
      }
      return;
    }
    const { minMs, maxMs } = BOUNDS.reserveRepeat;
    this.#pause(jittered(random, Math.min(maxMs, minMs * 2 ** this.#failures++)));
  }

  #pause(pauseMs: number): void {
    if (this.#undoPause !== undefined || this.#waiters.size === 0) return;
    this.#undoPause = this.#parts.clock.after(pauseMs, () => {
      this.#undoPause = undefined;
      this.#ask();
    });
  }
}

const isDoubtful = ({ jobs, deliveryLeaseMs }: ReserveReply, tookMs: number): boolean =>
  jobs.length > 0 && tookMs > deliveryLeaseMs - BOUNDS.doubtMs;
