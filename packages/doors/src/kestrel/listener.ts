import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { Clock } from '@tiercel/actors';
import { type Address, notToBeHad } from '../address.js';
import { BOUNDS } from './bounds.js';
import { hangUp } from './hang-up.js';

export interface ListenerParts {
  /** Which setting named the address. */
  readonly flag: string;
  /** Clients at once. */
  readonly most: number;
  /** What one client too many is told. */
  readonly full: Uint8Array;
  readonly clock: Clock;
  readonly serve: (socket: Socket) => void;
}

/** A port, and the sockets of those who came to it. */
export class Listener {
  readonly #parts: ListenerParts;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** Of those who were too many, until they have gone. */
  readonly #refused = new Set<Socket>();

  constructor(parts: ListenerParts) {
    this.#parts = parts;
    const keptAlive = { keepAlive: true, keepAliveInitialDelay: BOUNDS.keepAliveMs };
    this.#server = createServer({ ...keptAlive, noDelay: true, allowHalfOpen: true }, (socket) => this.#enter(socket));
  }

  /** Throws BAD_CONFIG when the address is not to be had. */
  async listen({ host, port }: Address): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host, port, backlog: BOUNDS.backlog }, resolve);
    }).catch((error) => notToBeHad(this.#parts.flag, { host, port }, error));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo | null)?.port ?? 0;
  }

  /** Takes no more. Resolves when all who came have gone. */
  close(): Promise<void> {
    return new Promise((resolve) => this.#server.close(() => resolve())); // one that never listened is closed
  }

  hangUp(): void {
    for (const socket of [...this.#sockets, ...this.#refused]) socket.destroy();
  }

  #enter(socket: Socket): void {
    if (this.#sockets.size >= this.#parts.most) return void this.#refuse(socket);
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    this.#parts.serve(socket);
  }

  /** One that is not read never ends, whatever its client does. */
  #refuse(socket: Socket): void {
    this.#refused.add(socket);
    socket.on('close', () => this.#refused.delete(socket));
    socket.on('error', () => {});
    socket.write(this.#parts.full);
    hangUp(socket, this.#parts.clock);
  }
}
