import type { Clock } from '@tiercel/actors';
import { DEFAULT_BOUNDS } from '@tiercel/broker';
import type { Check } from '@tiercel/host';
import { codeOf, type ErrorCode } from '@tiercel/protocol';
import type { Instruments, JobStore, StoreVerb } from '@tiercel/store';

/**
 * Calls that change something: what only looks succeeds also where nothing can be stored. Sweeps are among them, so that one is made
 * every second whether or not there is work.
 */
const CHANGES: ReadonlySet<StoreVerb> = new Set(['enqueue', 'reserve', 'extend', 'settle', 'promote', 'reap', 'prune']);

/** How long ago the last of them that succeeded may be: some sweeps of every shard, and no longer than the broker waits before it leaves. */
const FRESH_MS = DEFAULT_BOUNDS.storeDownMs;

/** What `/readyz` says of the storage: it is well while real calls succeed. A ping would prove less. */
export class StoreHealth {
  readonly #store: Pick<JobStore, 'status'>;
  readonly #clock: Pick<Clock, 'monotonic'>;
  #answeredAt: number | undefined;
  /** Of the last failure since then. */
  #code: ErrorCode | undefined;

  constructor(store: Pick<JobStore, 'status'>, clock: Pick<Clock, 'monotonic'>) {
    this.#store = store;
    this.#clock = clock;
  }

  readonly onCall: Instruments['onCall'] = (verb, _tookMs, _items, error) => {
    if (!CHANGES.has(verb)) return;
    if (error === undefined) this.#answeredAt = this.#clock.monotonic();
    this.#code = error === undefined ? undefined : codeOf(error);
  };

  readonly check: Check = () => {
    const agoMs = this.#answeredAt === undefined ? undefined : Math.round(this.#clock.monotonic() - this.#answeredAt);
    const { durability, epoch, engine, unknown, clockJumpMs } = this.#store.status;
    const ok = agoMs !== undefined && agoMs <= FRESH_MS;
    return { ok, answeredMsAgo: agoMs, code: this.#code, durability, epoch, engine, unknown, clockJumpMs };
  };
}
