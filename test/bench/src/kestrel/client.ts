import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type Reply, ReplyParser } from '@tiercel/kestrel';

/** One connection that writes ready-made bytes and takes replies as they come, in order. Throws when the server refuses or hangs up. */
export class RawClient {
  readonly #socket: Socket;
  readonly #parser = new ReplyParser();
  #wanted:
    | { readonly count: number; readonly replies: Reply[]; resolve(replies: Reply[]): void; reject(error: Error): void }
    | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.#hear(chunk));
    socket.on('error', (error) => this.#wanted?.reject(error));
    socket.on('close', () => this.#wanted?.reject(new Error('the server hung up')));
  }

  static async connect(port: number): Promise<RawClient> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new RawClient(socket);
  }

  /** Writes at once; resolves with so many replies. One call at a time. */
  ask(bytes: Uint8Array, count = 1): Promise<readonly Reply[]> {
    return new Promise((resolve, reject) => {
      this.#wanted = { count, replies: [], resolve, reject };
      this.#socket.write(bytes);
    });
  }

  /** Goes away without a word. */
  destroy(): void {
    this.#socket.destroy();
  }

  #hear(chunk: Uint8Array): void {
    const wanted = this.#wanted;
    for (const reply of this.#parser.push(chunk)) wanted?.replies.push(reply);
    if (wanted === undefined || wanted.replies.length < wanted.count) return;
    this.#wanted = undefined;
    wanted.resolve(wanted.replies);
  }
}
