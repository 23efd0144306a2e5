import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { eventually } from '@tiercel/test-support';
import { onTestFinished } from 'vitest';

/** A client that knows nothing of the protocol: bytes to a Kestrel door, and bytes back. */
export class KestrelWire {
  readonly #socket: Socket;
  #heard = '';
  #woken: () => void = () => {};

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      this.#heard += chunk;
      this.#woken();
    });
    socket.on('error', () => {}); // a door that is killed
    socket.on('close', () => this.#woken());
    onTestFinished(() => void socket.destroy());
  }

  /** Waits until somebody listens. */
  static async to(port: number): Promise<KestrelWire> {
    const socket = await eventually(
      async () => {
        const tried = connect(port, '127.0.0.1');
        await once(tried, 'connect');
        return tried;
      },
      { what: `a Kestrel door on ${port}`, withinMs: 60_000 },
    );
    return new KestrelWire(socket);
  }

  /** Sends a request, and returns its whole reply, which ends with `end`; or what came until the door hung up. */
  async ask(text: string, end: string): Promise<string> {
    this.#socket.write(text, 'latin1');
    while (!this.#heard.endsWith(end) && !this.#socket.closed)
      await new Promise<void>((resolve) => {
        this.#woken = resolve;
      });
    const heard = this.#heard;
    this.#heard = '';
    return heard;
  }

  set(queue: string, item: string): Promise<string> {
    return this.ask(`set ${queue} 0 0 ${Buffer.byteLength(item)}\r\n${item}\r\n`, 'STORED\r\n');
  }

  get(key: string): Promise<string> {
    return this.ask(`get ${key}\r\n`, 'END\r\n');
  }
}

/** What a door answers to a get of this item. */
export const value = (queue: string, item: string): string => `VALUE ${queue} 0 ${item.length}\r\n${item}\r\nEND\r\n`;
