import { once } from 'node:events';
import type { Socket } from 'node:net';
import { type Clock, Outbox, type Undo } from '@tiercel/actors';
import { type ErrorCode, type Facts, TiercelError } from '@tiercel/protocol';
import { KESTREL_LIMITS } from './kestrel-limits.js';
import { refusal } from './refusal.js';
import type { Reply } from './reply.js';
import { ReplyParser } from './reply-parser.js';

export interface PipelineOptions {
  readonly clock: Clock;
  /** `host:port`, for people. */
  readonly server: string;
  /** How long a reply may take beyond what the server was asked to wait. */
  readonly replyMs: number;
  readonly itemBytes: number;
}

/** One request and what may come back. */
export interface Ask<K extends Reply['kind']> {
  readonly bytes: readonly Uint8Array[];
  readonly expects: readonly K[];
  /** How long the server was asked to wait. */
  readonly waitMs?: number;
  /** For whoever reads the error. */
  readonly facts?: Facts;
}

interface Pending extends Ask<Reply['kind']> {
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: TiercelError) => void;
}

/**
 * A connected socket on which replies come in the order of the requests. What one turn asks leaves in one write; each reply has its time from when it
 * is the next to come. Anything unexpected, and an error of the server, ends the connection and with it all that waits.
 */
export class Pipeline {
  readonly #socket: Socket;
  readonly #options: PipelineOptions;
  readonly #parser: ReplyParser;
  readonly #outbox: Outbox<Uint8Array>;
  readonly #closed = new AbortController();
  readonly #pending: Pending[] = [];
  /** Bytes that leave at the end of this turn. */
  #posted = 0;
  #late: Undo = () => {};
  #fault: TiercelError | undefined;

  constructor(socket: Socket, options: PipelineOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#parser = new ReplyParser({ itemBytes: options.itemBytes });
    this.#outbox = new Outbox((pieces) => this.#write(pieces));
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.on('error', ({ code = 'connection lost' }: NodeJS.ErrnoException) => this.#finish('NO_ANSWER', { reason: code }));
    socket.once('close', () => this.#finish('NO_ANSWER', { reason: 'the server closed the connection' }));
  }

  /** Fires as soon as nothing can be asked any more, with why as its reason. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  /**
   * Throws what the server refuses (`refusal.ts`), BAD_MESSAGE for what is no such reply, NO_ANSWER when none came; with nothing sent UNREACHABLE or
   * STOPPED after the end, and BUSY when too much waits already.
   */
  ask<K extends Reply['kind']>(ask: Ask<K>): Promise<Extract<Reply, { kind: K }>> {
    return new Promise<Reply>((resolve, reject) => {
      const refused = this.#refusal();
      if (refused) return reject(refused);
      if (this.#pending.push({ ...ask, resolve, reject }) === 1) this.#await();
      for (const piece of ask.bytes) this.#post(piece);
    }) as Promise<Extract<Reply, { kind: K }>>; // `#answer` lets nothing else through
  }

  /** Says `last` and ends when that is written, or in a second at the latest; what waits fails with STOPPED. */
  async quit(last: Uint8Array): Promise<void> {
    this.#outbox.flush();
    this.#finish('STOPPED');
    if (this.#socket.destroyed) return;
    const undo = this.#options.clock.after(KESTREL_LIMITS.quitMs, () => this.#socket.destroy());
    const ended = once(this.#socket, 'close');
    this.#socket.end(last);
    await ended;
    undo();
  }

  /** Ends now. All reads that are open on it go back. */
  cut(code: ErrorCode = 'STOPPED', facts: Facts = {}): void {
    this.#finish(code, facts);
    this.#socket.destroy();
  }

  /** Why nothing can be asked now. */
  #refusal(): TiercelError | undefined {
    const { pendingReplies, unwrittenBytes } = KESTREL_LIMITS;
    if (this.#fault?.code === 'STOPPED') return this.#fault;
    if (this.#fault) return this.#error('UNREACHABLE', { reason: 'the connection has ended' });
    const full = this.#pending.length >= pendingReplies || this.#posted + this.#socket.writableLength >= unwrittenBytes;
    return full ? this.#error('BUSY', { pendingReplies: this.#pending.length }) : undefined;
  }

  #post(piece: Uint8Array): void {
    this.#posted += piece.byteLength;
    this.#outbox.add(piece);
  }

  #write(pieces: readonly Uint8Array[]): void {
    this.#posted = 0;
    if (!this.#socket.writable) return;
    this.#socket.cork();
    for (const piece of pieces) this.#socket.write(piece);
    this.#socket.uncork();
  }

  #take(chunk: Buffer): void {
    if (this.#fault) return; // what a server says to `quit` is nobody's answer
    for (const reply of this.#parser.push(chunk)) {
      this.#answer(reply);
      if (this.#fault) return;
    }
  }

  #answer(reply: Reply): void {
    this.#late();
    const asked = this.#pending.shift();
    const wrong = this.#wrongWith(asked, reply);
    if (!wrong) asked?.resolve(reply);
    else asked?.reject(wrong);
    if (wrong) this.cut('NO_ANSWER', { reason: 'the connection was given up after an error' });
    else if (this.#pending.length > 0) this.#await();
  }

  #wrongWith(asked: Pending | undefined, reply: Reply): TiercelError | undefined {
    if (asked?.expects.includes(reply.kind)) return undefined;
    const facts = { server: this.#options.server, ...asked?.facts };
    if (reply.kind === 'error') return refusal(reply, facts);
    return new TiercelError('BAD_MESSAGE', { ...facts, got: shown(reply) });
  }

  /** The time of the reply that comes next begins. */
  #await(): void {
    const { clock, replyMs } = this.#options;
    const mostMs = replyMs + (this.#pending[0]?.waitMs ?? 0);
    this.#late = clock.after(mostMs, () => this.cut('NO_ANSWER', { reason: 'no reply in time', waitedMs: mostMs }));
  }

  /** From here on there are no answers; the first reason counts. */
  #finish(code: ErrorCode, facts: Facts = {}): void {
    if (this.#fault) return;
    this.#fault = this.#error(code, facts);
    this.#late();
    this.#closed.abort(this.#fault);
    for (const { reject, facts: asked } of this.#pending.splice(0)) reject(this.#error(code, { ...facts, ...asked }));
  }

  #error(code: ErrorCode, facts: Facts): TiercelError {
    return new TiercelError(code, { server: this.#options.server, ...facts });
  }
}

const SHOWN_CHARS = 80;

const shown = (reply: Reply): string =>
  reply.kind === 'line' ? reply.text.slice(0, SHOWN_CHARS) : reply.kind === 'broken' ? reply.reason : reply.kind;
