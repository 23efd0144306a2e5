import type { Clock, Undo } from '@tiercel/actors';
import { OpenRead, Reader } from './open-read.js';
import type { Server } from './server.js';
import { STORE_BOUNDS } from './store-bounds.js';

/** Connections that read: at most so many over all servers, those without a read kept for the next. */
export class ReadPool {
  readonly size: number;
  readonly #idle: Reader[] = [];
  readonly #readers = new Set<Reader>();
  readonly #clock: Clock;
  #undo: Undo;
  #dialling = 0;
  #isClosed = false;

  constructor(size: number, clock: Clock) {
    this.size = size;
    this.#clock = clock;
    this.#undo = clock.after(STORE_BOUNDS.probeMs, () => this.#probe());
  }

  /** Reads that may still be opened. */
  get room(): number {
    return this.size - this.#readers.size - this.#dialling + this.#idle.length;
  }

  /** Opens the next item; `undefined`: there is none, or no connection is left to read it with. A queue that is not there is not read: that would make it. */
  async read(server: Server, name: string): Promise<OpenRead | undefined> {
    if (!(await server.has(name))) return undefined;
    const reader = await this.#readerOf(server);
    if (reader === undefined) return undefined;
    const item = await this.#next(reader, name);
    if (item === undefined) {
      server.counts.foundEmpty(name);
      this.giveBack(reader);
      return undefined;
    }
    server.counts.took(name);
    return new OpenRead(reader, this, name, item);
  }

  giveBack(reader: Reader): void {
    if (!reader.connection.closed.aborted) this.#idle.push(reader);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#undo();
    await Promise.all([...this.#readers].map(({ connection }) => connection.close()));
  }

  /** A read on its own connection may overtake a set that was made before it, so it counts only behind that. */
  async #next(reader: Reader, name: string): Promise<Uint8Array | undefined> {
    const { sets, aborts, counts } = reader.server;
    const set = sets.of(name);
    await aborts.of(name)?.catch(() => {}); // whoever aborts is told
    if (set === undefined) return this.#fetch(reader, name);
    const item = counts.of(name) > 0 ? await this.#fetch(reader, name) : undefined;
    if (item !== undefined) return item;
    await set.catch(() => {}); // whoever sets is told
    return this.#fetch(reader, name);
  }

  async #fetch({ server, connection }: Reader, name: string): Promise<Uint8Array | undefined> {
    try {
      const item = await connection.get(name, { open: true });
      server.answered();
      return item;
    } catch (error) {
      server.failed(error);
      throw error;
    }
  }

  #probe(): void {
    for (const { open, connection } of this.#readers) if (open) void connection.version().catch(() => {}); // its end is told
    this.#undo = this.#clock.after(STORE_BOUNDS.probeMs, () => this.#probe());
  }

  async #readerOf(server: Server): Promise<Reader | undefined> {
    const at = this.#idle.findLastIndex((reader) => reader.server === server);
    if (at >= 0) return this.#idle.splice(at, 1)[0];
    if (this.room <= 0) return undefined;
    if (this.#readers.size + this.#dialling >= this.size) this.#idle.shift()?.connection.cut(); // another server's
    this.#dialling++;
    try {
      return this.#made(new Reader(server, await server.dial()));
    } finally {
      this.#dialling--;
    }
  }

  #made(reader: Reader): Reader {
    this.#readers.add(reader);
    reader.connection.closed.addEventListener('abort', () => this.#ended(reader));
    if (this.#isClosed) reader.connection.cut();
    return reader;
  }

  #ended(reader: Reader): void {
    this.#readers.delete(reader);
    const at = this.#idle.indexOf(reader);
    if (at >= 0) this.#idle.splice(at, 1);
    reader.open?.lose();
  }
}
