import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

/** What the other end has to send, byte for byte, and what it is answered: nothing, if it is to wait for ever. */
export type Step = readonly [expects: string, replies?: string, andThen?: 'hang up'];

/** Of one connection. */
class Script {
  readonly #steps: Step[];
  readonly #socket: Socket;
  #came = '';
  #fault: string | undefined;
  /** What came, as it came. */
  readonly chunks: string[] = [];

  constructor(socket: Socket, steps: readonly Step[]) {
    this.#socket = socket;
    this.#steps = [...steps];
    socket.on('error', () => {}); // a client may cut it
    socket.on('data', (chunk) => {
      this.chunks.push(chunk.toString('latin1'));
      this.#came += chunk.toString('latin1');
      this.#play();
    });
  }

  /** What was not as it is written. */
  get fault(): string | undefined {
    if (this.#fault) return this.#fault;
    return this.#came === '' || this.#came === 'quit\r\n' ? undefined : `nobody expected ${JSON.stringify(this.#came)}`;
  }

  #play(): void {
    for (let step = this.#steps[0]; step && this.#came !== ''; step = this.#steps[0]) {
      const [expects, replies = '', andThen] = step;
      if (!expects.startsWith(this.#came.slice(0, expects.length))) this.#fault ??= `expected ${expects}, got ${this.#came}`;
      if (!this.#came.startsWith(expects)) return;
      this.#came = this.#came.slice(expects.length);
      this.#steps.shift();
      if (replies !== '') this.#socket.write(Buffer.from(replies, 'latin1'));
      if (andThen) this.#socket.end();
    }
  }
}

/** A server that says what is written, to one connection after the other. */
export async function serveBytes(...connections: readonly (readonly Step[])[]) {
  const scripts: Script[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => {
      sockets.delete(socket);
      server.emit('gone');
    });
    scripts.push(new Script(socket, connections[scripts.length] ?? []));
    socket.on('data', () => server.emit('heard'));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    host: '127.0.0.1',
    port,
    /** Resolves when something has come, or at once when something has. */
    heard: () => (scripts.some(({ chunks }) => chunks.length > 0) ? undefined : once(server, 'heard')),
    /** Resolves when the connection has ended. */
    gone: () => (sockets.size === 0 ? undefined : once(server, 'gone')),
    /** What came on each connection, as it came. */
    get chunks(): readonly (readonly string[])[] {
      return scripts.map(({ chunks }) => chunks);
    },
    get faults(): readonly string[] {
      return scripts.flatMap(({ fault }) => fault ?? []);
    },
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
