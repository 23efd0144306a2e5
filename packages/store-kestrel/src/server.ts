import { type Clock, type Random, redialMs } from '@tiercel/actors';
import { answerOf, connectKestrel, type KestrelConnection } from '@tiercel/kestrel';
import { fail } from '@tiercel/protocol';
import { Counts } from './counts.js';
import type { Address } from './kestrel-url.js';
import { STORE_BOUNDS } from './store-bounds.js';

export interface Machine {
  readonly clock: Clock;
  readonly random: Random;
}

/** One server: its connection for everything but reads, and when it is tried again after it was away. */
export class Server {
  readonly address: Address;
  readonly counts: Counts;
  readonly #machine: Machine;
  readonly #stop = new AbortController();
  #control: Promise<KestrelConnection> | undefined;
  #looking: Promise<void> | undefined;
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
  async set(name: string, item: Uint8Array): Promise<void> {
    await this.#ask((connection) => connection.set(name, item));
    this.counts.put(name);
  }

  async version(): Promise<string> {
    return this.#ask((connection) => connection.version());
  }

  async flush(name: string): Promise<void> {
    await this.#ask((connection) => connection.flush(name));
    this.counts.foundEmpty(name);
  }

  /** Hears how many items wait where, unless that is known; of a server that does not say, what was known last stands. */
  async look(): Promise<void> {
    if (!this.counts.isStale || !this.isUp) return;
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    await this.#looking;
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

  async #look(): Promise<void> {
    try {
      this.counts.told(await this.#ask((connection) => connection.stats()));
    } catch {
      // whoever reads or sets is told
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
