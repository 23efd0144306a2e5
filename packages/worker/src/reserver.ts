import type { Clock, Log, Random, Ref, Undo } from '@tiercel/actors';
import {
  ANY,
  type BrokerProtocol,
  codeOf,
  type LeasedJob,
  LIMITS,
  type ReserveReply,
  type SettleCode,
  type Settlement,
  settleBatch,
} from '@tiercel/protocol';
import { repeatBackoffMs, retryAfterMs } from './backoff.js';
import { WORKER_LIMITS } from './worker-limits.js';

export interface ReserverOptions {
  readonly broker: Ref<BrokerProtocol>;
  readonly queues: readonly string[];
  readonly owner: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** How long no broker-adapter may be there before that is worth a warning. */
const BROKER_AWAITED_MS = 5_000;

interface Asked {
  readonly max: number;
  readonly sentAt: number;
  /** Whether it carried settlements, and so was not parked. */
  readonly carried: boolean;
}

/** Takes jobs over; `sentAt` is the monotonic time before the request was sent. */
export type Granted = (jobs: readonly LeasedJob[], sentAt: number, deliveryLeaseMs: number) => void;

/**
 * Asks the broker for as many jobs as are wanted, one reserve at a time, parked there while nothing is ready. A reserve that failed is
 * never repeated blindly: what it may have been granted comes back by itself when its delivery lease ends. The next one waits a little.
 */
export class Reserver {
  readonly #options: ReserverOptions;
  readonly #granted: Granted;
  readonly #topic: string;
  #wanted = 0;
  #failures = 0;
  /** Since when no reserve was answered, on the monotonic clock. */
  #failingSince: number | undefined;
  #warned = false;
  #asking = false;
  /** The last reserve brought all that it asked for. */
  #plenty = false;
  /** Ends with the reserve under way. */
  #reserve: Promise<void> = Promise.resolve();
  #drained = false;
  readonly #stop = new AbortController();
  #undoPause: Undo = () => {};
  #soon: Undo | undefined;

  constructor(options: ReserverOptions, granted: Granted) {
    this.#options = options;
    this.#granted = granted;
    const [only, ...others] = options.queues;
    this.#topic = only === undefined || only === '*' || others.length > 0 ? ANY : only;
  }

  demand(more: number): void {
    this.#wanted += more;
    this.#askSoon();
  }

  /**
   * Settles in the message of a reserve that is due in this turn, where there is one and more jobs are likely at hand: one that finds none
   * is not parked, and costs another. `undefined`: they have to go by themselves.
   */
  carry(settlements: readonly Settlement[]): Promise<readonly SettleCode[]> | undefined {
    if (!this.#mayAsk() || !this.#plenty) return undefined;
    return this.#ask(settlements).then(({ verdicts = [] }) => verdicts);
  }

  /** Asks no more. What a reserve under way still brings is handed on; resolves when there is none. */
  drain(): Promise<void> {
    this.#drained = true;
    this.#undoPause();
    return this.#reserve;
  }

  stop(): void {
    void this.drain();
    this.#stop.abort();
  }

  #mayAsk(): boolean {
    return !this.#asking && !this.#drained && this.#wanted > 0;
  }

  /** Where it may carry what the jobs that began just now leave to be settled, it waits for those that are over at once. */
  #askSoon(): void {
    if (!this.#mayAsk()) return;
    if (!this.#plenty) void this.#ask().catch(() => {});
    else if (!this.#soon) this.#soon = this.#options.clock.after(0, () => this.#askNow());
  }

  #askNow(): void {
    this.#soon = undefined;
    if (this.#mayAsk()) void this.#ask().catch(() => {});
  }

  #ask(settlements?: readonly Settlement[]): Promise<ReserveReply> {
    this.#asking = true;
    this.#soon?.();
    this.#soon = undefined;
    const { broker, queues, owner, clock } = this.#options;
    const max = Math.min(this.#wanted, LIMITS.batchItems);
    const sentAt = clock.monotonic();
    const parkMs = settlements ? 0 : WORKER_LIMITS.parkMs;
    const asked = broker.ask(
      'reserve',
      { queues, max, maxBytes: WORKER_LIMITS.reserveBytes, owner, parkMs, ...(settlements && settleBatch(settlements)) },
      {
        timeoutMs: settlements ? WORKER_LIMITS.settleAskMs : parkMs + WORKER_LIMITS.reserveSlackMs,
        topic: this.#topic,
        signal: this.#stop.signal,
      },
    );
    this.#reserve = asked.then(
      (reply) => this.#answered(reply, { max, sentAt, carried: settlements !== undefined }),
      (error) => this.#failed(error),
    );
    return asked;
  }

  #answered({ jobs, deliveryLeaseMs }: ReserveReply, { max, sentAt, carried }: Asked): void {
    if (this.#stop.signal.aborted) return;
    this.#failingSince = undefined;
    this.#warned = false;
    this.#wanted -= jobs.length;
    this.#plenty = jobs.length === max;
    if (jobs.length > 0) this.#granted(jobs, sentAt, deliveryLeaseMs);
    const parked = carried || this.#options.clock.monotonic() - sentAt >= WORKER_LIMITS.parkedAtLeastMs;
    if (jobs.length > 0 || parked) this.#next();
    else this.#pause(0); // a broker that does not park must not make the worker spin
  }

  #next(): void {
    this.#failures = 0;
    this.#asking = false;
    this.#askSoon();
  }

  #failed(error: unknown): void {
    if (this.#stop.signal.aborted) return;
    this.#tell(error);
    this.#pause(retryAfterMs(error, WORKER_LIMITS.reserveRepeat.maxMs));
  }

  /** Once that brokers are awaited, which is how a fleet starts; once that something is wrong, at once or when they stay away. */
  #tell(error: unknown): void {
    const { clock, log } = this.#options;
    const first = this.#failingSince === undefined;
    this.#failingSince ??= clock.monotonic();
    const code = codeOf(error);
    const mayPass = code === 'UNREACHABLE' && clock.monotonic() - this.#failingSince < BROKER_AWAITED_MS;
    if (mayPass && first) log.info({}, 'broker-adapter awaited');
    if (mayPass || this.#warned) return;
    this.#warned = true;
    log.warn({ code, err: error }, 'reserve failed');
  }

  #pause(atLeastMs: number): void {
    if (this.#drained) return;
    const { clock, random } = this.#options;
    const backoffMs = repeatBackoffMs(random, ++this.#failures, WORKER_LIMITS.reserveRepeat);
    this.#undoPause = clock.after(Math.max(atLeastMs, backoffMs), () => {
      this.#asking = false;
      this.#askSoon();
    });
  }
}
