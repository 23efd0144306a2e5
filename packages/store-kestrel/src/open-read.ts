import type { KestrelConnection } from '@tiercel/kestrel';
import type { ReadPool } from './read-pool.js';
import type { Server } from './server.js';

/** A connection that reads; at most one read is open on it. */
export class Reader {
  readonly server: Server;
  readonly connection: KestrelConnection;
  /** Told when the connection ends, which gives the item back. */
  open: OpenRead | undefined;

  constructor(server: Server, connection: KestrelConnection) {
    this.server = server;
    this.connection = connection;
  }
}

/** An item that nobody else has for as long as its connection lasts. */
export class OpenRead {
  readonly name: string;
  readonly item: Uint8Array;
  readonly #reader: Reader;
  readonly #pool: ReadPool;
  /** The server has given the item to others, or will. */
  isLost = false;
  onLost: () => void = () => {};

  constructor(reader: Reader, pool: ReadPool, name: string, item: Uint8Array) {
    this.#reader = reader;
    this.#pool = pool;
    this.name = name;
    this.item = item;
    reader.open = this;
  }

  get server(): Server {
    return this.#reader.server;
  }

  /** Its connection ended. */
  lose(): void {
    if (this.isLost) return;
    this.isLost = true;
    this.server.counts.put(this.name);
    this.onLost();
  }

  /** The item is gone. Throws when nobody knows. */
  close(): Promise<void> {
    return this.#end({ close: true });
  }

  /** The item is at the head of its queue, in front of those that were aborted before it. Throws when nobody knows. */
  async abort(): Promise<void> {
    await this.server.aborts.addBehind(this.name, () => this.#end({ abort: true }));
    this.server.counts.put(this.name);
  }

  /** The item goes back, whatever else is known. */
  cut(): void {
    this.#reader.connection.cut();
  }

  async #end(how: { readonly close: true } | { readonly abort: true }): Promise<void> {
    await this.#reader.connection.get(this.name, how);
    this.#reader.open = undefined;
    this.#pool.giveBack(this.#reader);
  }
}
