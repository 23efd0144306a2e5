import type { KestrelDesk } from './desk.js';
import type { KnownQueue } from './known-queues.js';
import { OpenReads } from './open-reads.js';
import type { Read } from './read.js';
import type { Waiter } from './waiter.js';

/** One client at the desk, whatever it speaks: what it waits for, and what it has open. It ends with its connection. */
export class Session {
  readonly #desk: KestrelDesk;
  readonly #open = new OpenReads();
  #waiting: { readonly known: KnownQueue; readonly waiter: Waiter } | undefined;
  #isOver = false;

  constructor(desk: KestrelDesk) {
    this.#desk = desk;
  }

  /** It has gone. */
  get isOver(): boolean {
    return this.#isOver;
  }

  openCount(known: KnownQueue): number {
    return this.#open.count(known.queue);
  }

  /**
   * Takes items: as many as are there, `want` at most, or one that comes within `waitMs`; none when there is none. Each is to be `opened`, `taken`
   * or `givenBack`. Throws what the brokers refuse with.
   */
  async get(known: KnownQueue, want: number, waitMs: number): Promise<readonly Read[]> {
    const alias = this.#desk.reach(known);
    if (typeof alias === 'boolean' ? alias : await alias) return [];
    if (this.isOver) return [];
    const waiter = known.line.wait(want, waitMs);
    this.#waiting = { known, waiter };
    const reads = await waiter.promise;
    this.#waiting = undefined;
    if (!this.isOver) return reads;
    this.givenBack(reads);
    return [];
  }

  /** The item that anyone would get next, left where it is. */
  peek(known: KnownQueue, waitMs: number): Promise<Uint8Array | undefined> {
    return this.#desk.peek(known, waitMs, this);
  }

  /** Its client has it until it closes or aborts it, or goes. */
  opened(known: KnownQueue, read: Read): void {
    this.#open.add(read);
    this.#desk.custody.opened(known, read);
  }

  /** The system took it on its way to the client: it is gone from here. */
  taken(reads: readonly Read[]): void {
    for (const read of reads) this.#desk.custody.taken(read);
  }

  /** Its client has gone before it could have it. */
  givenBack(reads: readonly Read[]): void {
    this.#desk.custody.restore(reads);
  }

  /** Closes the oldest ones; resolves with how many there were when that is known to the storage. */
  async close(known: KnownQueue, count = 1): Promise<number> {
    const reads = this.#open.take(known.queue, count);
    await Promise.all(reads.map((read) => this.#desk.custody.close(read)));
    return reads.length;
  }

  closeAll(known: KnownQueue): Promise<number> {
    return this.close(known, Number.POSITIVE_INFINITY);
  }

  /** The oldest one goes back to the head. */
  async abort(known: KnownQueue): Promise<void> {
    for (const read of this.#open.take(known.queue)) await this.#desk.custody.abort(known, read);
  }

  /** Everything that is open goes back to the head of its queue, the oldest first, so that several stand there in reverse. */
  leave(): void {
    if (this.isOver) return;
    this.#isOver = true;
    if (this.#waiting) this.#waiting.known.line.leave(this.#waiting.waiter);
    this.#desk.custody.giveBack(this.#open.takeAll());
    this.#desk.left(this);
  }
}
