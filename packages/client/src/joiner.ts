import { type Clock, jittered, type Random, sleep, type Undo } from '@tiercel/actors';
import { asTiercelError, fail, TiercelError } from '@tiercel/protocol';

/** How single calls become batches. */
export interface JoinerOptions<I, V> {
  readonly clock: Clock;
  readonly random: Random;
  /** Sends one batch; verdicts in the order of the items. */
  readonly send: (items: readonly I[]) => Promise<readonly V[]>;
  readonly sizeOf: (item: I) => number;
  /** As how many items one counts; 1 by default. */
  readonly countOf?: (item: I) => number;
  readonly maxItems: number;
  readonly maxBytes: number;
  /** Batches under way at once; while so many are, further items gather into larger ones. */
  readonly inFlight: number;
  /** Items that may wait; one more is refused with BUSY. */
  readonly maxWaiting: number;
  /** How long a batch is repeated while the error says it may succeed. */
  readonly retryForMs: number;
  /** When a batch is made of what came: behind the code that runs now by default. A door waits until all its sockets were read. */
  readonly soon?: (act: () => void) => void;
}

interface Waiting<I, V> {
  readonly item: I;
  readonly resolve: (verdict: V) => void;
  readonly reject: (error: TiercelError) => void;
}

/** How long items wait at most for a batch that is under way, before they go beside it. */
const LINGER_MS = 10;
const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 2_000;
const MAX_RETRY_AFTER_MS = 30_000;

/**
 * Joins calls made in one turn of the event loop into one message, and what comes while that is under way into the next: one call
 * waits for nobody, a thousand share a few messages. A message costs every hop more than a job does, so a batch goes beside
 * another only when it is full, or when the other takes long. A batch whose answer did not come is repeated as it was.
 *
 * Source: J. Nagle, RFC 896, which does the same for small segments.
 */
export class Joiner<I, V> {
  readonly #options: JoinerOptions<I, V>;
  #waiting: Waiting<I, V>[] = [];
  #waitingBytes = 0;
  #waitingCount = 0;
  #underWay = 0;
  #flushing = false;
  #lingering: Undo | undefined;
  #closed = false;

  constructor(options: JoinerOptions<I, V>) {
    this.#options = options;
  }

  /** Resolves with the item's verdict. Throws BUSY, STOPPED or whatever the batch failed with. */
  add(item: I): Promise<V> {
    if (this.#closed) return Promise.reject(new TiercelError('STOPPED'));
    if (this.#waiting.length >= this.#options.maxWaiting)
      return Promise.reject(new TiercelError('BUSY', { waiting: this.#waiting.length }));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      this.#waitingBytes += this.#options.sizeOf(item);
      this.#waitingCount += this.#countOf(item);
      this.#flushSoon();
    });
  }

  /** Refuses what waits and what comes; a batch under way gets its answer, and is not repeated. */
  close(): void {
    this.#closed = true;
    this.#linger(false);
    this.#waitingBytes = 0;
    this.#waitingCount = 0;
    for (const waiting of this.#waiting.splice(0)) waiting.reject(new TiercelError('STOPPED'));
  }

  #flushSoon(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    const { soon = queueMicrotask } = this.#options;
    soon(() => {
      this.#flushing = false;
      while (this.#waiting.length > 0 && (this.#underWay === 0 || this.#isFull)) {
        if (this.#underWay === this.#options.inFlight) return;
        void this.#deliver(this.#take());
      }
      this.#linger(this.#waiting.length > 0);
    });
  }

  get #isFull(): boolean {
    return this.#waitingCount >= this.#options.maxItems || this.#waitingBytes >= this.#options.maxBytes;
  }

  #countOf(item: I): number {
    return this.#options.countOf?.(item) ?? 1;
  }

  /** Sends what waits beside the batches under way when they take long. */
  #linger(waiting: boolean): void {
    if (!waiting) {
      this.#lingering?.();
      this.#lingering = undefined;
    } else
      this.#lingering ??= this.#options.clock.after(LINGER_MS, () => {
        this.#lingering = undefined;
        if (this.#waiting.length > 0 && this.#underWay < this.#options.inFlight) void this.#deliver(this.#take());
        this.#linger(this.#waiting.length > 0 && this.#underWay < this.#options.inFlight);
      });
  }

  #take(): Waiting<I, V>[] {
    const { maxItems, maxBytes, sizeOf } = this.#options;
    let bytes = 0;
    let items = 0;
    let count = 0;
    for (; count < this.#waiting.length; count++) {
      const { item } = this.#waiting[count] as Waiting<I, V>;
      const [more, moreItems] = [sizeOf(item), this.#countOf(item)];
      if (count > 0 && (bytes + more > maxBytes || items + moreItems > maxItems)) break;
      bytes += more;
      items += moreItems;
    }
    this.#waitingBytes -= bytes;
    this.#waitingCount -= items;
    if (count < this.#waiting.length) return this.#waiting.splice(0, count);
    const all = this.#waiting;
    this.#waiting = [];
    return all;
  }

  async #deliver(batch: Waiting<I, V>[]): Promise<void> {
    this.#underWay++;
    try {
      const verdicts = await this.#sendRepeatedly(batch.map(({ item }) => item));
      for (let place = 0; place < batch.length; place++) (batch[place] as Waiting<I, V>).resolve(verdicts[place] as V);
    } catch (error) {
      for (const waiting of batch) waiting.reject(asTiercelError(error));
    } finally {
      this.#underWay--;
      if (this.#waiting.length > 0) this.#flushSoon();
    }
  }

  async #sendRepeatedly(items: readonly I[]): Promise<readonly V[]> {
    const { clock, random, send, retryForMs } = this.#options;
    const giveUpAt = clock.monotonic() + retryForMs;
    for (let attempt = 0; ; attempt++) {
      try {
        const verdicts = await send(items);
        return verdicts.length === items.length ? verdicts : fail('BAD_MESSAGE', { reason: 'verdicts missing' });
      } catch (error) {
        const known = asTiercelError(error);
        const backoffMs = jittered(random, Math.min(FIRST_RETRY_MS * 2 ** attempt, LAST_RETRY_MS));
        const waitMs = retryAfterMs(known) + backoffMs;
        if (!known.retryable || this.#closed || clock.monotonic() + waitMs > giveUpAt) throw known;
        await sleep(clock, waitMs);
        if (this.#closed) throw known;
      }
    }
  }
}

/** What the refusal asks to wait at least; not for ever, whatever it says. */
const retryAfterMs = ({ facts }: TiercelError): number =>
  typeof facts.retryAfterMs === 'number' ? Math.min(Math.max(0, facts.retryAfterMs), MAX_RETRY_AFTER_MS) : 0;
