import type { KestrelConnection } from '@tiercel/kestrel';

/** An item that the server has set aside for this connection. When the connection ends it is back at the head of its queue. */
export class OpenRead {
  readonly item: Uint8Array;
  readonly #queue: string;
  readonly #connection: KestrelConnection;

  constructor(queue: string, item: Uint8Array, connection: KestrelConnection) {
    this.#queue = queue;
    this.item = item;
    this.#connection = connection;
  }

  /** Fires when the item is somebody else's. */
  get lost(): AbortSignal {
    return this.#connection.closed;
  }

  /** The item is gone for good. */
  async close(): Promise<void> {
    await this.#connection.get(this.#queue, { close: true });
  }

  /** The item is the next that anybody gets. */
  async abort(): Promise<void> {
    await this.#connection.get(this.#queue, { abort: true });
  }

  /** Shows the server that somebody is there. Fails, and ends the connection, when the server is not. */
  async sign(): Promise<void> {
    await this.#connection.version();
  }
}

/** `undefined`: the queue is empty. */
export async function openRead(connection: KestrelConnection, queue: string, waitMs: number): Promise<OpenRead | undefined> {
  const item = await connection.get(queue, { open: true, waitMs });
  return item && new OpenRead(queue, item, connection);
}
