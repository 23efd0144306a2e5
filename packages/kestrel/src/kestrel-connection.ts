import { connect, type Socket } from 'node:net';
import type { Clock } from '@tiercel/actors';
import { fail, TiercelError } from '@tiercel/protocol';
import { KESTREL_LIMITS } from './kestrel-limits.js';
import { Pipeline } from './pipeline.js';
import { nobodyThere, notStored } from './refusal.js';
import {
  deleteRequest,
  flushRequest,
  type GetOptions,
  getRequest,
  quitRequest,
  type SetOptions,
  setRequest,
  statsRequest,
  versionRequest,
} from './request-writer.js';

export interface KestrelOptions {
  readonly host: string;
  /** 22133 by default. */
  readonly port?: number;
  readonly clock: Clock;
  /** How long a connection may take to be made; 4,000 by default. */
  readonly connectMs?: number;
  /** How long a reply may take, beyond what the server was asked to wait; 5,000 by default. */
  readonly replyMs?: number;
  /** Largest item, in either direction; 1 MiB by default. */
  readonly itemBytes?: number;
}

export interface ConnectOptions extends KestrelOptions {
  /** Gives up the attempt, which throws ABORTED. Does nothing to a connection that is made. */
  readonly signal?: AbortSignal;
}

/** Throws UNREACHABLE, after `connectMs` at the latest. */
export async function connectKestrel(options: ConnectOptions): Promise<KestrelConnection> {
  const {
    host,
    port = KESTREL_LIMITS.port,
    clock,
    replyMs = KESTREL_LIMITS.replyMs,
    itemBytes = KESTREL_LIMITS.itemBytes,
  } = options;
  const server = `${host}:${port}`;
  const socket = await dial(options, server);
  return new KestrelConnection(new Pipeline(socket, { clock, server, replyMs, itemBytes }), { server, itemBytes });
}

/**
 * One connection to a server of this protocol, and the reads that are open on it: when it ends they go back to their queues. Requests may be made
 * before earlier ones are answered; a get that waits holds up what comes after it.
 *
 * Every call throws, beside what it says: BUSY or NOT_SUPPORTED when the server refuses, BAD_MESSAGE when it does not speak this protocol, NO_ANSWER when the
 * connection ended or no reply came in time. The connection has ended after any of them.
 */
export class KestrelConnection {
  readonly #pipeline: Pipeline;
  readonly #server: string;
  readonly #itemBytes: number;

  constructor(pipeline: Pipeline, { server, itemBytes }: { readonly server: string; readonly itemBytes: number }) {
    this.#pipeline = pipeline;
    this.#server = server;
    this.#itemBytes = itemBytes;
  }

  /** Fires when the connection has ended, with why as its reason. */
  get closed(): AbortSignal {
    return this.#pipeline.closed;
  }

  /** Throws QUEUE_FULL when the server does not store it, PAYLOAD_TOO_LARGE when it is over `itemBytes`; the connection stays then. */
  async set(queue: string, data: Uint8Array, options?: SetOptions): Promise<void> {
    const { byteLength } = data;
    if (byteLength > this.#itemBytes) fail('PAYLOAD_TOO_LARGE', { queue, bytes: byteLength, maxBytes: this.#itemBytes });
    const bytes = setRequest(queue, data, options);
    const { kind } = await this.#pipeline.ask({ bytes, expects: ['stored', 'not_stored'], facts: { queue } });
    if (kind === 'not_stored') throw notStored({ server: this.#server, queue });
  }

  /** `undefined`: there is nothing, or nothing was asked for but a close or an abort. */
  async get(queue: string, options: GetOptions = {}): Promise<Uint8Array | undefined> {
    const bytes = [getRequest(queue, options)];
    const waitMs = options.waitMs ?? 0;
    const reply = await this.#pipeline.ask({ bytes, expects: ['item', 'end'], waitMs, facts: { queue } });
    return reply.kind === 'item' ? reply.data : undefined;
  }

  /** Drops what waits; open reads are left alone. */
  async flush(queue: string): Promise<void> {
    await this.#pipeline.ask({ bytes: [flushRequest(queue)], expects: ['end'], facts: { queue } });
  }

  async delete(queue: string): Promise<void> {
    await this.#pipeline.ask({ bytes: [deleteRequest(queue)], expects: ['deleted', 'end'], facts: { queue } });
  }

  /** As they come; `queue-stats.ts` reads those of queues. */
  async stats(): Promise<ReadonlyMap<string, string>> {
    const reply = await this.#pipeline.ask({ bytes: [statsRequest()], expects: ['stats', 'end'] });
    return reply.kind === 'stats' ? reply.stats : new Map();
  }

  async version(): Promise<string> {
    const { text } = await this.#pipeline.ask({ bytes: [versionRequest()], expects: ['line'] });
    return text.replace(/^VERSION /, '');
  }

  /** Says `quit`, and ends in a second at the latest. What waits for an answer fails with STOPPED. */
  close(): Promise<void> {
    return this.#pipeline.quit(quitRequest());
  }

  /** Ends now. */
  cut(): void {
    this.#pipeline.cut();
  }
}

/** Settles once, and leaves nothing behind on the socket. */
function dial(options: ConnectOptions, server: string): Promise<Socket> {
  const { host, port = KESTREL_LIMITS.port, clock, connectMs = KESTREL_LIMITS.connectMs, signal } = options;
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: KESTREL_LIMITS.keepAliveMs });
    const settle = (fault?: TiercelError) => {
      late();
      signal?.removeEventListener('abort', abort);
      socket.off('error', failed);
      if (fault === undefined) return resolve(socket);
      socket.on('error', () => {}); // it is told already
      socket.destroy();
      reject(fault);
    };
    const abort = () => settle(new TiercelError('ABORTED', { server, reason: 'given up' }));
    const failed = ({ code, message }: NodeJS.ErrnoException) => settle(nobodyThere(server, code ?? message));
    const late = clock.after(connectMs, () => settle(nobodyThere(server, 'no connection in time')));
    socket.once('error', failed);
    socket.once('connect', () => settle());
    signal?.addEventListener('abort', abort);
    if (signal?.aborted) abort();
  });
}
