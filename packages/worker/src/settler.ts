import type { Clock, Log, Random, Ref, Undo } from '@tiercel/actors';
import { type BrokerProtocol, codeOf, ERRORS, LIMITS, type SettleCode, type Settlement, settleBatch } from '@tiercel/protocol';
import { repeatBackoffMs, retryAfterMs } from './backoff.js';
import { buried } from './outcome.js';
import { oncePerTurn } from './turn.js';
import { WORKER_LIMITS } from './worker-limits.js';

export interface SettlerOptions {
  readonly broker: Ref<BrokerProtocol>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Tells the broker with a message that goes to it anyway, where there is one. */
  carry?(settlements: readonly Settlement[]): Promise<readonly SettleCode[]> | undefined;
  /** Their leases need no keeping any more; called once an answer came or none is waited for. */
  settled(settlements: readonly Settled[]): void;
}

export interface Settled {
  readonly settlement: Settlement;
  /** Of its lease, when somebody keeps it. */
  readonly key: number | undefined;
  /** When it was handed in, on the monotonic clock. */
  readonly since: number;
  /** `GIVEN_UP`: no answer in twice the lease, or refused for ever. */
  readonly code: SettleCode | 'GIVEN_UP';
}

interface Pending {
  settlement: Settlement;
  readonly key: number | undefined;
  readonly bytes: number;
  readonly since: number;
  /** Monotonic time after which nobody repeats it. */
  readonly giveUpAt: number;
}

/**
 * Ends leases in batches: what comes in one turn goes in one ask, and what comes while asks are under way waits and goes together. An
 * ask that failed is repeated for at most twice the lease; settling twice is normal. What the broker refuses for ever is
 * found by splitting the batch, so that it does not hold up the others, and buried with the refusal as its reason.
 */
export class Settler {
  readonly #options: SettlerOptions;
  readonly #flushSoon = oncePerTurn(() => this.#flush());
  #waiting: Pending[] = [];
  #inFlight = 0;
  #unsettled = 0;
  #failures = 0;
  #pausing = false;
  #stopped = false;
  #undoPause: Undo = () => {};
  #idle: (() => void)[] = [];

  constructor(options: SettlerOptions) {
    this.#options = options;
  }

  /** Settlements not answered yet. */
  get unsettled(): number {
    return this.#unsettled;
  }

  /** `key`: by which the lease is kept. One that never ends is settled for as long as the longest that does: given up, nobody could have the job. */
  settle(settlement: Settlement, leaseMs: number, key?: number): void {
    if (this.#stopped) return;
    const since = this.#options.clock.monotonic();
    const giveUpAt = since + 2 * (leaseMs || LIMITS.leaseMs);
    this.#waiting.push({ settlement, key, bytes: bytesOf(settlement), since, giveUpAt });
    this.#unsettled++;
    this.#flushSoon();
  }

  /** Resolves when every settlement is answered or given up. */
  idle(): Promise<void> {
    return this.#unsettled === 0 ? Promise.resolve() : new Promise((resolve) => this.#idle.push(resolve));
  }

  /** Forgets what is not answered. */
  stop(): void {
    this.#stopped = true;
    this.#undoPause();
    this.#waiting = [];
    this.#unsettled = 0;
    this.#wakeIdle();
  }

  #flush(): void {
    while (!this.#stopped && !this.#pausing && this.#waiting.length > 0 && this.#inFlight < WORKER_LIMITS.settlesInFlight) {
      this.#inFlight++;
      void this.#send(this.#takeBatch()).then(() => {
        this.#inFlight--;
        this.#flush();
      });
    }
  }

  #takeBatch(): Pending[] {
    let bytes = 0;
    let count = 0;
    for (const pending of this.#waiting) {
      bytes += pending.bytes;
      if (count === LIMITS.batchItems || (count > 0 && bytes > WORKER_LIMITS.settleBytes)) break;
      count++;
    }
    return this.#waiting.splice(0, count);
  }

  /** Never throws. */
  async #send(batch: Pending[]): Promise<void> {
    try {
      const settlements = batch.map((pending) => pending.settlement);
      const verdicts = await (this.#options.carry?.(settlements) ?? this.#tell(settlements));
      this.#failures = 0;
      this.#done(batch, (at) => verdicts[at] ?? 'LEASE_LOST');
    } catch (error) {
      if (this.#stopped) return;
      if (ERRORS[codeOf(error)].retryable) this.#repeatLater(batch, error);
      else if (batch.length > 1) await this.#split(batch);
      else this.#refused(batch[0] as Pending, error);
    }
  }

  async #tell(settlements: readonly Settlement[]): Promise<readonly SettleCode[]> {
    const { verdicts } = await this.#options.broker.ask('settle', settleBatch(settlements), {
      timeoutMs: WORKER_LIMITS.settleAskMs,
    });
    return verdicts;
  }

  async #split(batch: Pending[]): Promise<void> {
    const half = batch.length >> 1;
    await this.#send(batch.slice(0, half));
    await this.#send(batch.slice(half));
  }

  #repeatLater(batch: Pending[], error: unknown): void {
    const { clock, random, log } = this.#options;
    log.warn({ code: codeOf(error), err: error, settlements: batch.length }, 'settle failed');
    const now = clock.monotonic();
    this.#giveUp(batch.filter((pending) => pending.giveUpAt <= now));
    this.#waiting = [...batch.filter((pending) => pending.giveUpAt > now), ...this.#waiting];
    if (this.#pausing) return;
    this.#pausing = true;
    const { maxMs } = WORKER_LIMITS.settleRepeat;
    const backoffMs = repeatBackoffMs(random, ++this.#failures, WORKER_LIMITS.settleRepeat);
    this.#undoPause = clock.after(Math.max(retryAfterMs(error, maxMs), backoffMs), () => {
      this.#pausing = false;
      this.#flush();
    });
  }

  /** An ack or a release that can never be told becomes a bury with the reason; a bury that cannot either is given up. */
  #refused(pending: Pending, error: unknown): void {
    const { tenant, id, token, outcome } = pending.settlement;
    this.#options.log.error({ code: codeOf(error), err: error, tenant, jobId: id, outcome }, 'settlement refused');
    if (outcome === 'bury') {
      this.#giveUp([pending]);
    } else {
      pending.settlement = { tenant, id, token, ...buried(`${codeOf(error)}: the broker refused the ${outcome} of this job`) };
      this.#waiting.push(pending);
    }
  }

  #giveUp(batch: readonly Pending[]): void {
    if (batch.length === 0) return;
    this.#options.log.error({ settlements: batch.length }, 'settlements given up');
    this.#done(batch, () => 'GIVEN_UP');
  }

  #done(batch: readonly Pending[], codeAt: (at: number) => Settled['code']): void {
    if (this.#stopped) return;
    this.#unsettled -= batch.length;
    this.#options.settled(batch.map(({ settlement, key, since }, at) => ({ settlement, key, since, code: codeAt(at) })));
    if (this.#unsettled === 0) this.#wakeIdle();
  }

  #wakeIdle(): void {
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}

const REFERENCE_BYTES = 256;

/** An upper bound of a settlement's size on the wire. */
function bytesOf(settlement: Settlement): number {
  if (settlement.outcome === 'ack') return REFERENCE_BYTES + (settlement.result?.length ?? 0);
  return REFERENCE_BYTES + 3 * settlement.reason.length;
}
