import { fail } from '@tiercel/protocol';
import { CallLine } from './call-line.js';
import { connectKestrel, type KestrelConnection, type KestrelOptions } from './kestrel-connection.js';
import { KESTREL_LIMITS } from './kestrel-limits.js';
import type { SetOptions } from './request-writer.js';

export interface WaitOptions {
  /** How long the server waits for an item; 0, the default: not at all. */
  readonly waitMs?: number;
}

/**
 * A client of one Kestrel server, or of one that speaks like it. It has one connection, made on the first call and again on the first one after it was lost.
 * Calls are served one after the other; sets that follow each other are sent together.
 *
 * Empty, refused and unreachable are three answers: `undefined`; an error with QUEUE_FULL, BUSY or NOT_SUPPORTED and the server's words as `facts.reply`; an error
 * with UNREACHABLE (nothing was sent) or NO_ANSWER (what happened is unknown). `answerOf` tells the latter two apart. Beside them: LEASE_LOST for a read that
 * has gone back because its connection was lost, BAD_MESSAGE for a server of another kind, BAD_NAME and BAD_OPTION for a call that was not sent, STOPPED after
 * `close`.
 */
export class KestrelClient {
  readonly #options: KestrelOptions;
  readonly #line = new CallLine();
  #connection: Promise<KestrelConnection> | undefined;
  /** Queues with an open read: on the connection there is, and on those that were lost. */
  readonly #open = new Set<string>();
  readonly #lost = new Set<string>();
  readonly #stop = new AbortController();

  constructor(options: KestrelOptions) {
    this.#options = options;
  }

  /** Resolves when the server has stored it. */
  set(queue: string, data: Uint8Array | string, options?: SetOptions): Promise<void> {
    const bytes = typeof data === 'string' ? Buffer.from(data) : data;
    return this.#call((connection) => connection.set(queue, bytes, options), bytes.byteLength);
  }

  /**
   * Closes the read of this queue that is open, if one is, and opens the next: the step of a loop. `undefined`: there is none. Throws LEASE_LOST, once and without
   * reading, when the read to be closed went back.
   */
  reliableRead(queue: string, { waitMs = 0 }: WaitOptions = {}): Promise<Uint8Array | undefined> {
    return this.#line.take(async () => {
      const close = this.#mayHaveOpen(queue);
      this.#leave(queue);
      if (this.#open.size >= KESTREL_LIMITS.openReads) fail('BUSY', { openReads: this.#open.size });
      const connection = await this.#connected();
      const item = await connection.get(queue, { close, open: true, waitMs });
      if (item) this.#open.add(queue);
      return item;
    });
  }

  /** The item is done and gone. Throws LEASE_LOST when it went back meanwhile: it will be handed out again. */
  closeReliableRead(queue: string): Promise<void> {
    return this.#line.take(async () => {
      const mayHaveOpen = this.#mayHaveOpen(queue);
      this.#leave(queue);
      if (mayHaveOpen) await (await this.#connected()).get(queue, { close: true });
    });
  }

  /** The item goes back to the head of its queue, and comes again at once. */
  abortReliableRead(queue: string): Promise<void> {
    return this.#line.take(async () => {
      if (this.#lost.delete(queue) || !this.#mayHaveOpen(queue)) return; // it is back already, or never was open
      this.#open.delete(queue);
      await (await this.#connected()).get(queue, { abort: true });
    });
  }

  /** A copy of the item that comes next; `undefined`: there is none. */
  peek(queue: string, { waitMs = 0 }: WaitOptions = {}): Promise<Uint8Array | undefined> {
    return this.#call((connection) => connection.get(queue, { peek: true, waitMs }));
  }

  /** As the server says them; `queueStats` reads those of one queue. */
  stats(): Promise<ReadonlyMap<string, string>> {
    return this.#call((connection) => connection.stats());
  }

  /** Drops what waits in the queue. */
  flush(queue: string): Promise<void> {
    return this.#call((connection) => connection.flush(queue));
  }

  /** Drops the queue. */
  delete(queue: string): Promise<void> {
    return this.#call((connection) => connection.delete(queue));
  }

  /** Ends the connection; reads that are open go back. Calls under way fail with STOPPED. */
  async close(): Promise<void> {
    this.#stop.abort();
    const connection = await this.#connection?.catch(() => undefined);
    await connection?.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #call<T>(act: (connection: KestrelConnection) => Promise<T>, sharesBytes?: number): Promise<T> {
    return this.#line.take(async () => act(await this.#connected()), sharesBytes);
  }

  /**
   * Not while only other queues have an open read: some servers allow one over all of them, and there a close or an abort would end that one, whatever
   * queue it names.
   */
  #mayHaveOpen(queue: string): boolean {
    return this.#open.size === 0 || this.#open.has(queue);
  }

  /** The read of this queue is about to end, in one way or another. */
  #leave(queue: string): void {
    this.#open.delete(queue);
    if (this.#lost.delete(queue)) fail('LEASE_LOST', { queue, reason: 'its connection was lost' });
  }

  async #connected(): Promise<KestrelConnection> {
    if (this.#stop.signal.aborted) fail('STOPPED');
    this.#connection ??= this.#connect();
    return this.#connection;
  }

  async #connect(): Promise<KestrelConnection> {
    try {
      const connection = await connectKestrel({ ...this.#options, signal: this.#stop.signal });
      connection.closed.addEventListener('abort', () => this.#disconnected());
      return connection;
    } catch (error) {
      this.#connection = undefined;
      if (this.#stop.signal.aborted) fail('STOPPED');
      throw error;
    }
  }

  #disconnected(): void {
    this.#connection = undefined;
    for (const queue of this.#open) this.#lost.add(queue);
    this.#open.clear();
  }
}
