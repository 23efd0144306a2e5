import { asTiercelError, type TiercelError } from '@tiercel/protocol';
import type { OpenRead } from './open-read.js';
import type { ReadPool } from './read-pool.js';
import type { Server } from './server.js';
import { STORE_BOUNDS } from './store-bounds.js';
import { isAway, unavailable } from './unavailable.js';

/** Servers that know nothing of each other: each has some of the items of every queue. */
export class Servers {
  readonly all: readonly Server[];
  readonly #pool: ReadPool;
  #nextSet = 0;
  #reading = 0;
  #reads = 0;

  constructor(all: readonly Server[], pool: ReadPool) {
    this.all = all;
    this.#pool = pool;
  }

  /** Where the next set goes: in turn to those that are not away. */
  next(): Server {
    const up = this.all.filter(({ isUp }) => isUp);
    const among = up.length > 0 ? up : this.all;
    return among[this.#nextSet++ % among.length] as Server;
  }

  /** Tries another server only when nothing was sent to the one before. Throws STORAGE_UNAVAILABLE, QUEUE_FULL or PAYLOAD_TOO_LARGE. */
  async set(name: string, item: Uint8Array, first: Server): Promise<void> {
    let last: TiercelError | undefined;
    for (const server of [first, ...this.all.filter((other) => other !== first)]) {
      try {
        return await server.set(name, item);
      } catch (error) {
        last = asTiercelError(error);
        if (last.code !== 'UNREACHABLE') break;
      }
    }
    throw unavailable(last);
  }

  /** The next item of a queue. Throws STORAGE_UNAVAILABLE when no server could be asked. */
  async read(name: string): Promise<OpenRead | undefined> {
    const count = this.all.length;
    let [answers, last] = [0, undefined as unknown];
    const first = this.#reading;
    for (let step = 0; step < count; step++) {
      const at = (first + step) % count;
      const server = this.all[at] as Server;
      try {
        const read = await this.#pool.read(server, name);
        answers++;
        if (read) return this.#from(at, read);
      } catch (error) {
        if (!isAway(error)) throw error;
        last = error;
      }
    }
    if (answers === 0) throw unavailable(last);
    return undefined;
  }

  /** Throws STORAGE_UNAVAILABLE unless all of them did. */
  async flush(name: string): Promise<void> {
    await Promise.all(this.all.map((server) => server.flush(name))).catch((error: unknown) => {
      throw unavailable(error);
    });
  }

  /** Throws STORAGE_UNAVAILABLE when none of them answers. */
  async answer(): Promise<void> {
    await Promise.any(this.all.map((server) => server.version())).catch(({ errors }: AggregateError) => {
      throw unavailable(errors[0]);
    });
  }

  async look(): Promise<void> {
    await Promise.all(this.all.map((server) => server.look()));
  }

  waiting(name: string): number {
    return this.all.reduce((sum, { counts }) => sum + counts.of(name), 0);
  }

  names(): ReadonlySet<string> {
    return new Set(this.all.flatMap(({ counts }) => [...counts.names()]));
  }

  async close(): Promise<void> {
    await this.#pool.close();
    await Promise.all(this.all.map((server) => server.close()));
  }

  #from(at: number, read: OpenRead): OpenRead {
    this.#reads = at === this.#reading ? this.#reads + 1 : 1;
    this.#reading = at;
    if (this.#reads >= STORE_BOUNDS.readsInARow) {
      this.#reading = (at + 1) % this.all.length;
      this.#reads = 0;
    }
    return read;
  }
}
