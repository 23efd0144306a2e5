import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

const CRLF = '\r\n';
/** Replies that a body follows, whose length they end with. */
const WITH_BODY = /^(?:RESERVED \d+|OK) (\d+)$/;

export interface Reply {
  readonly line: string;
  readonly body: Buffer | undefined;
}

interface Waiting {
  resolve(reply: Reply): void;
  reject(error: Error): void;
}

/**
 * The protocol of beanstalkd (doc/protocol.txt there): commands go out as they come, those of one turn of the event loop in one write, and
 * replies come in their order. Written here, since the clients that npm has wait for each reply, or read some of them twice under load.
 */
export class Connection {
  readonly #socket: Socket;
  readonly #waiting: Waiting[] = [];
  #received: Buffer = Buffer.alloc(0);

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk) => this.#read(chunk));
    socket.on('close', () => {
      for (const { reject } of this.#waiting.splice(0)) reject(new Error('the connection to beanstalkd closed'));
    });
  }

  static async open(port: number): Promise<Connection> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await once(socket, 'connect');
    return new Connection(socket);
  }

  /** Resolves to what beanstalkd replies, a refusal too. */
  ask(command: string, body?: string): Promise<Reply> {
    if (this.#socket.writableCorked === 0) {
      this.#socket.cork();
      process.nextTick(() => this.#socket.uncork());
    }
    this.#socket.write(body === undefined ? command + CRLF : `${command} ${Buffer.byteLength(body)}${CRLF}${body}${CRLF}`);
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    const all = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    let at = 0;
    for (let end = all.indexOf(CRLF, at); end !== -1; end = all.indexOf(CRLF, at)) {
      const line = all.toString('latin1', at, end);
      const bytes = WITH_BODY.exec(line)?.[1];
      const from = end + CRLF.length;
      const next = bytes === undefined ? from : from + Number(bytes) + CRLF.length;
      if (next > all.length) break;
      this.#waiting.shift()?.resolve({ line, body: bytes === undefined ? undefined : all.subarray(from, next - CRLF.length) });
      at = next;
    }
    this.#received = all.subarray(at);
  }
}
