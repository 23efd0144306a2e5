import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { REPLIES } from '@tiercel/kestrel';
import { fail } from '@tiercel/protocol';
import { isLoopback } from '../loopback.js';
import { BOUNDS } from './bounds.js';
import { type DeskOptions, KestrelDesk } from './desk.js';
import { Housekeeping } from './housekeeping.js';
import { MemcacheConnection } from './memcache-connection.js';

export interface KestrelDoorOptions extends DeskOptions {
  /** Any address only with a tenant; without, one of this machine alone. */
  readonly host: string;
  /** 0 = one that is free. */
  readonly port: number;
  /** Ends the process; without it SHUTDOWN is refused. */
  readonly shutdown?: (() => void) | undefined;
}

export interface KestrelDoor {
  readonly port: number;
  readonly connections: number;
  /** Clients that wait for an item. */
  readonly waiting: number;
  /** Leases that clients hold. */
  readonly held: number;
  /** Takes no more, gives back what is open, hangs up. */
  close(): Promise<void>;
}

const NEEDS_TENANT =
  'expected an address of this machine alone such as 127.0.0.1, or --kestrel-tenant T: without it the door trusts what bodies claim';

/** Serves the door. Throws BAD_CONFIG when the address is not to be had, or would be open to everybody. */
export async function openKestrelDoor(options: KestrelDoorOptions): Promise<KestrelDoor> {
  const { host, port, tenant, home, log } = options;
  if (tenant === undefined && !isLoopback(host)) fail('BAD_CONFIG', { '--kestrel': `${NEEDS_TENANT}; got ${host}` });
  const door = new Door(options);
  await door.listen(host, port);
  const bound = tenant === undefined ? { home, trusts: 'what bodies claim: the instance of an item is its tenant' } : { tenant };
  log.info({ host, port: door.port, ...bound }, 'kestrel served');
  return door;
}

class Door implements KestrelDoor {
  readonly #options: KestrelDoorOptions;
  readonly #desk: KestrelDesk;
  readonly #housekeeping: Housekeeping;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(options: KestrelDoorOptions) {
    this.#options = options;
    this.#desk = new KestrelDesk(options);
    this.#housekeeping = new Housekeeping(this.#desk);
    const keptAlive = { keepAlive: true, keepAliveInitialDelay: BOUNDS.keepAliveMs };
    this.#server = createServer({ ...keptAlive, noDelay: true, allowHalfOpen: true }, (socket) => this.#enter(socket));
  }

  async listen(host: string, port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host, port, backlog: BOUNDS.backlog }, resolve);
    }).catch(({ code = 'unknown' }: NodeJS.ErrnoException) =>
      fail('BAD_CONFIG', { '--kestrel': `expected an address that is free, got ${host}:${port} (${code})` }),
    );
  }

  get port(): number {
    return (this.#server.address() as AddressInfo | null)?.port ?? 0;
  }

  get connections(): number {
    return this.#desk.connections;
  }

  get waiting(): number {
    return this.#desk.waiting;
  }

  get held(): number {
    return this.#desk.held;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    await this.#desk.leave();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
    await this.#desk.settled();
    this.#desk.end();
  }

  #enter(socket: Socket): void {
    const { clock, log, observe, shutdown } = this.#options;
    if (this.#sockets.size >= BOUNDS.connections) return void socket.on('error', () => {}).end(REPLIES.SERVER_ERROR);
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    new MemcacheConnection(socket, { desk: this.#desk, housekeeping: this.#housekeeping, shutdown, clock, log, observe });
  }
}
