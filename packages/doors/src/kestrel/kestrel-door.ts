import type { Socket } from 'node:net';
import { REPLIES, textError } from '@tiercel/kestrel';
import { fail } from '@tiercel/protocol';
import { type Address, requireFree } from '../address.js';
import { isLoopback } from '../loopback.js';
import { type AdminDoor, openAdminDoor, requireAdminHere } from './admin/admin-door.js';
import { reportOf } from './admin/desk-report.js';
import { BOUNDS } from './bounds.js';
import { Connection, type Speech } from './connection.js';
import { type DeskOptions, KestrelDesk } from './desk.js';
import { Housekeeping } from './housekeeping.js';
import { Listener } from './listener.js';
import { MemcacheAnswers } from './memcache-answers.js';
import type { Output } from './output.js';
import type { Session } from './session.js';
import { Statistics, VERSION } from './statistics.js';
import { TextAnswers } from './text-answers.js';

/** Where the memcache protocol is served: any address only with a tenant; without, one of this machine alone. */
export interface KestrelDoorOptions extends DeskOptions, Address {
  /** The same for the line protocol; without it there is none. */
  readonly text?: Address | undefined;
  /** The same for the HTTP admin, which knows no tenant: always one of this machine. */
  readonly admin?: Address | undefined;
  /** Ends the process; without it SHUTDOWN is refused. */
  readonly shutdown?: (() => void) | undefined;
}

export interface KestrelDoor {
  readonly port: number;
  readonly textPort: number | undefined;
  readonly adminPort: number | undefined;
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
  const { host, tenant, text, home, log } = options;
  requireHosts(options);
  const door = new Door(options);
  try {
    await door.listen();
  } catch (error) {
    await door.close();
    throw error;
  }
  const bound = tenant === undefined ? { home, trusts: 'what bodies claim: the instance of an item is its tenant' } : { tenant };
  log.info({ host, port: door.port, ...(text && { textPort: door.textPort }), ...bound }, 'kestrel served');
  return door;
}

/** Throws BAD_CONFIG where {@link openKestrelDoor} would now, for who starts other things before it. */
export async function requireKestrelDoor(options: DoorAddresses): Promise<void> {
  requireHosts(options);
  const { host, port, text, admin } = options;
  if (admin) requireAdminHere(admin.host);
  await requireFree({ '--kestrel': { host, port }, '--kestrel-text': text, '--kestrel-admin': admin });
}

type DoorAddresses = Pick<KestrelDoorOptions, 'host' | 'port' | 'tenant' | 'text' | 'admin'>;

function requireHosts({ host, tenant, text }: DoorAddresses): void {
  if (tenant !== undefined) return;
  requireLoopback('--kestrel', host);
  if (text) requireLoopback('--kestrel-text', text.host);
}

function requireLoopback(flag: string, host: string): void {
  if (!isLoopback(host)) fail('BAD_CONFIG', { [flag]: `${NEEDS_TENANT}; got ${host}` });
}

class Door implements KestrelDoor {
  readonly #options: KestrelDoorOptions;
  readonly #desk: KestrelDesk;
  readonly #statistics: Statistics;
  readonly #memcache: Listener;
  readonly #text: Listener;
  #admin: AdminDoor | undefined;

  constructor(options: KestrelDoorOptions) {
    this.#options = options;
    const desk = new KestrelDesk(options);
    this.#desk = desk;
    const housekeeping = new Housekeeping(desk);
    this.#statistics = new Statistics(desk, housekeeping);
    const parts = { desk, housekeeping, statistics: this.#statistics, shutdown: options.shutdown };
    this.#memcache = this.#listener(
      '--kestrel',
      REPLIES.SERVER_ERROR,
      (session, output) => new MemcacheAnswers({ ...parts, session, output }),
    );
    this.#text = this.#listener(
      '--kestrel-text',
      textError('Too many connections.'),
      (session, output) => new TextAnswers({ ...parts, session, output }),
    );
  }

  async listen(): Promise<void> {
    const { host, port, text, admin } = this.#options;
    await this.#memcache.listen({ host, port });
    if (text) await this.#text.listen(text);
    if (admin) this.#admin = await this.#openAdmin(admin);
  }

  get port(): number {
    return this.#memcache.port;
  }

  get textPort(): number | undefined {
    return this.#options.text && this.#text.port;
  }

  get adminPort(): number | undefined {
    return this.#admin?.port;
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
    const listeners = [this.#memcache, this.#text];
    const closed = Promise.all([...listeners.map((listener) => listener.close()), this.#admin?.close()]);
    await this.#desk.leave();
    for (const listener of listeners) listener.hangUp();
    await closed;
    await this.#desk.leave(); // what was on its way to clients came back as they were hung up on
    this.#desk.end();
  }

  #listener<R extends { readonly kind: string }>(
    flag: string,
    full: Uint8Array,
    speak: (session: Session, output: Output) => Speech<R>,
  ): Listener {
    const { clock, observe } = this.#options;
    const serve = (socket: Socket) => void new Connection(socket, { desk: this.#desk, clock, observe }, speak);
    return new Listener({ flag, full, serve, clock, most: BOUNDS.connections });
  }

  #openAdmin(admin: Address): Promise<AdminDoor> {
    const { clock, log, shutdown: shutDown } = this.#options;
    return openAdminDoor({
      ...admin,
      ...{ clock, log, shutDown, version: VERSION },
      report: () => reportOf(this.#desk, this.#statistics),
      reload: () => this.#desk.reload(),
    });
  }
}
