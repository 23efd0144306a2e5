import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { type GetRequest, itemReply, REPLIES, type Request, RequestParser, versionReply } from '@tiercel/kestrel';

interface Waiter {
  readonly peer: Peer;
  readonly request: GetRequest;
  readonly undo: () => void;
}

/**
 * A Kestrel server of a hundred lines, for faults that no sound one has on demand: it goes away and comes back with what it held, refuses sets, loses
 * connections, and answers at once whatever it is asked to wait. One open read per connection, over all queues: the least that there is.
 */
export class SmallServer {
  readonly queues = new Map<string, Uint8Array[]>();
  /** Gets that were asked, by queue. */
  readonly gets: string[] = [];
  /** `false`: a get comes back at once. */
  waits = true;
  /** Queues that store nothing. */
  readonly full = new Set<string>();
  readonly #peers = new Set<Peer>();
  #waiters: Waiter[] = [];
  #server: Server | undefined;
  #port = 0;

  get port(): number {
    return this.#port;
  }

  async start(): Promise<this> {
    this.#server = createServer((socket) => this.#peers.add(new Peer(this, socket, (peer) => this.#gone(peer))));
    await once(this.#server.listen(this.#port, '127.0.0.1'), 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
    return this;
  }

  /** Nobody is there any more; what was open is back. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    const closed = server && once(server, 'close');
    server?.close();
    this.cut();
    await closed;
  }

  /** Ends all connections. */
  cut(): void {
    for (const peer of [...this.#peers]) peer.end();
  }

  /** Connections with an open read. */
  get open(): number {
    return [...this.#peers].filter((peer) => peer.held).length;
  }

  put(queue: string, item: string | Uint8Array): void {
    this.store(queue, typeof item === 'string' ? Buffer.from(item) : item);
  }

  texts(queue: string): string[] {
    return (this.queues.get(queue) ?? []).map((item) => Buffer.from(item).toString());
  }

  store(queue: string, item: Uint8Array, head = false): void {
    const items = this.queues.get(queue) ?? [];
    this.queues.set(queue, items);
    if (head) items.unshift(item);
    else items.push(item);
    const waiter = this.#waiters.find(({ request }) => request.queue === queue);
    if (!waiter) return;
    this.#forget(waiter);
    waiter.peer.fetch(waiter.request);
  }

  take(queue: string): Uint8Array | undefined {
    return this.queues.get(queue)?.shift();
  }

  wait(peer: Peer, request: GetRequest): void {
    const timer = setTimeout(() => {
      this.#forget(waiter);
      peer.say(REPLIES.END);
    }, request.waitMs);
    const waiter: Waiter = { peer, request, undo: () => clearTimeout(timer) };
    this.#waiters.push(waiter);
  }

  #forget(waiter: Waiter): void {
    waiter.undo();
    this.#waiters = this.#waiters.filter((each) => each !== waiter);
  }

  #gone(peer: Peer): void {
    this.#peers.delete(peer);
    for (const waiter of this.#waiters.filter((each) => each.peer === peer)) this.#forget(waiter);
  }
}

/** One connection. */
class Peer {
  held: { readonly queue: string; readonly item: Uint8Array } | undefined;
  readonly #server: SmallServer;
  readonly #socket: Socket;

  constructor(server: SmallServer, socket: Socket, gone: (peer: Peer) => void) {
    const parser = new RequestParser();
    this.#server = server;
    this.#socket = socket;
    socket.on('data', (chunk) => {
      for (const request of parser.push(Buffer.from(chunk))) this.#answer(request);
    });
    socket.on('error', () => {}); // a consumer may be killed
    socket.once('close', () => {
      gone(this);
      this.#giveBack();
    });
  }

  say(...pieces: readonly Uint8Array[]): void {
    for (const piece of pieces) if (this.#socket.writable) this.#socket.write(piece);
  }

  end(): void {
    this.#socket.destroy();
  }

  fetch(request: GetRequest): void {
    const item = this.#server.take(request.queue);
    if (item && request.open) this.held = { queue: request.queue, item };
    this.say(...(item ? itemReply(request.queue, item) : [REPLIES.END]));
  }

  #answer(request: Request): void {
    if (request.kind === 'set') this.#set(request.queue, request.data);
    else if (request.kind === 'version') this.say(versionReply('0'));
    else if (request.kind === 'get') this.#get(request);
    else this.end();
  }

  #set(queue: string, item: Uint8Array): void {
    const full = this.#server.full.has(queue);
    if (!full) this.#server.store(queue, Uint8Array.from(item));
    this.say(full ? REPLIES.NOT_STORED : REPLIES.STORED);
  }

  #get(request: GetRequest): void {
    if (request.abort) this.#giveBack();
    if (request.close) this.held = undefined;
    if (request.abort || (request.close && !request.open)) this.say(REPLIES.END);
    else if (this.held) this.end();
    else this.#next(request);
  }

  #next(request: GetRequest): void {
    const { gets, queues, waits } = this.#server;
    gets.push(request.queue);
    if (queues.get(request.queue)?.length || !waits || request.waitMs <= 0) this.fetch(request);
    else this.#server.wait(this, request);
  }

  #giveBack(): void {
    const { held } = this;
    this.held = undefined;
    if (held) this.#server.store(held.queue, held.item, true);
  }
}
