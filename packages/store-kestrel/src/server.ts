import { type Clock, type Random, redialMs, sleep } from '@tiercel/actors';
import { answerOf, connectKestrel, type KestrelConnection } from '@tiercel/kestrel';
import { fail } from '@tiercel/protocol';
import { Counts } from './counts.js';
import type { Address } from './kestrel-url.js';
import { STORE_BOUNDS } from './store-bounds.js';
import { UnderWay } from './under-way.js';

export interface Machine {
  readonly clock: Clock;
  readonly random: Random;
}

/** One server: its connection for everything but reads, and when it is tried again after it was away. */
export class Server {
  readonly address: Address;
  readonly counts: Counts;
  /** Sets that are not answered. */
  readonly sets = new UnderWay();
  /** Items on their way back to the head of their queue, one behind the other, so that they stand there as they were given. */
  readonly aborts = new UnderWay();
  readonly #machine: Machine;
  readonly #stop = new AbortController();
  #control: Promise<KestrelConnection> | undefined;
  #looking: Promise<void> | undefined;
  /** A look that begins when the one under way has ended. */
  #nextLook: Promise<void> | undefined;
  #restsUntilMs = Number.NEGATIVE_INFINITY;
  #tries = 0;
  #againAtMs = Number.NEGATIVE_INFINITY;

  constructor(address: Address, machine: Machine) {
    this.address = address;
    this.counts = new Counts(machine.clock);
    this.#machine = machine;
  }

  /** Not known to be away, or long enough so to be tried again. */
  get isUp(): boolean {
    return this.#machine.clock.monotonic() >= this.#againAtMs;
  }

  /** Throws UNREACHABLE, at once when that was so a moment ago. */
  async dial(): Promise<KestrelConnection> {
    if (this.#stop.signal.aborted) fail('STOPPED');
    if (!this.isUp) fail('UNREACHABLE', { ...this.address, reason: 'it was away a moment ago' });
    try {
      const { connectMs, itemBytes } = STORE_BOUNDS;
      const { signal } = this.#stop;
      const connection = await connectKestrel({ ...this.address, clock: this.#machine.clock, connectMs, itemBytes, signal });
      return connection;
    } catch (error) {
      this.failed(error);
      throw error;
    }
  }

  /** It gave an answer, whatever that was. */
  answered(): void {
    this.#tries = 0;
  }

  /** A server that is not there, or says nothing, is left alone for a while. */
  failed(error: unknown): void {
    const { clock, random } = this.#machine;
    if (answerOf(error) !== 'unreachable' || !this.isUp) return;
    this.#againAtMs = clock.monotonic() + redialMs(this.#tries++, STORE_BOUNDS.redial, random);
  }

  /** Sets keep their order. */
  set(name: string, item: Uint8Array): Promise<void> {
    return this.sets.add(
      name,
      this.#ask((connection) => connection.set(name, item)).then(() => this.counts.put(name)),
    );
  }

  /** Whether the queue is there; `false` only of a server that said so after it was asked. Throws when it does not answer. */
  async has(name: string): Promise<boolean> {
    if (this.counts.knows(name) || this.sets.of(name) !== undefined) return true;
    this.#nextLook ??= this.#rested().then(() => {
      this.#nextLook = undefined;
      return this.#looked();
    });
    await this.#nextLook;
    return this.counts.knows(name);
  }

  async version(): Promise<string> {
    return this.#ask((connection) => connection.version());
  }

  /** The first that waits; it stays. */
  async peek(name: string): Promise<Uint8Array | undefined> {
    return this.#ask((connection) => connection.get(name, { peek: true }));
  }

  async flush(name: string): Promise<void> {
    await this.#ask((connection) => connection.flush(name));
    this.counts.foundEmpty(name);
  }

  /** Hears how many items wait where, unless that is known; of a server that does not say, what was known last stands. */
  async look(): Promise<void> {
    if (!this.counts.isStale || !this.isUp) return;
    await this.#looked().catch(() => {}); // whoever reads or sets is told
  }

  async close(): Promise<void> {
    this.#stop.abort();
    const connection = await this.#control?.catch(() => undefined);
    await connection?.close();
  }

  async #ask<T>(act: (connection: KestrelConnection) => Promise<T>): Promise<T> {
    const connection = await this.#controlled();
    try {
      const answer = await act(connection);
      this.answered();
      return answer;
    } catch (error) {
      this.failed(error);
      throw error;
    }
  }

  #looked(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #look(): Promise<void> {
    const { clock } = this.#machine;
    const beganMs = clock.monotonic();
    this.counts.told(await this.#ask((connection) => connection.stats()));
    const endedMs = clock.monotonic();
    this.#restsUntilMs = endedMs + Math.min(STORE_BOUNDS.statsMs, STORE_BOUNDS.statsRests * (endedMs - beganMs));
  }

  /** Names are for everybody to make up, so a server with many queues is left some rest between two lists of them. */
  async #rested(): Promise<void> {
    const { clock } = this.#machine;
    while (this.#looking !== undefined || clock.monotonic() < this.#restsUntilMs) {
      if (this.#looking === undefined) await sleep(clock, this.#restsUntilMs - clock.monotonic());
      else await this.#looking.catch(() => {}); // the next one is told
    }
  }

  #controlled(): Promise<KestrelConnection> {
    this.#control ??= this.#connect();
    return this.#control;
  }

  async #connect(): Promise<KestrelConnection> {
    try {
      const connection = await this.dial();
      connection.closed.addEventListener('abort', () => {
        this.#control = undefined;
      });
      return connection;
    } catch (error) {
      this.#control = undefined;
      throw error;
    }
  }
}
