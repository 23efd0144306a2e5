import {
  type Clock,
  type Inbound,
  type Log,
  Replies,
  requireSubject,
  subjectMatcher,
  type Transport,
  type Undo,
} from '@tiercel/actors';
import { type ErrorCode, fail } from '@tiercel/protocol';
import { type Frame, frame } from './frame.js';
import type { Link, Take } from './link.js';
import { SOCKET_LIMITS } from './socket-limits.js';

export interface EndpointOptions {
  /** Of the socket, for people. */
  readonly path: string;
  readonly clock: Clock;
  readonly log: Log;
}

interface Serving {
  readonly pattern: string;
  readonly group: string;
  readonly handle: (message: Inbound) => void;
  /** To be served again on a new connection. */
  wanted: boolean;
}

/** The Transport port over a link: who serves here, and who waits for an answer. */
export class Endpoint implements Transport {
  readonly #link: Link;
  readonly #options: EndpointOptions;
  readonly #replies: Replies;
  readonly #servings = new Map<number, Serving>();
  #lastServing = 0;
  #closed = false;

  constructor(options: EndpointOptions, open: (take: Take) => Link) {
    this.#options = options;
    this.#replies = new Replies(options.clock, SOCKET_LIMITS.pendingRequests);
    this.#link = open((frame) => this.#take(frame));
    this.#link.watch((up) => (up ? this.#serveAll() : this.#replies.failAll('NO_ANSWER', { reason: 'disconnected' })));
  }

  get maxBytes(): number {
    return this.#link.maxBytes;
  }

  async serve(
    pattern: string,
    handle: (message: Inbound) => void,
    { group = '' }: { readonly group?: string } = {},
  ): Promise<() => Promise<void>> {
    subjectMatcher(pattern);
    if (this.#closed) fail('STOPPED');
    const number = ++this.#lastServing;
    const serving: Serving = { pattern, group, handle, wanted: true };
    this.#servings.set(number, serving);
    await this.#toldOwner(this.#serveFrame(number, serving));
    return async () => {
      if (!serving.wanted) return;
      serving.wanted = false;
      await this.#toldOwner(frame('unserve', { serving: number }));
      this.#servings.delete(number); // only now: what was on its way has been handed over
    };
  }

  send(subject: string, body: Uint8Array): boolean {
    requireSubject(subject);
    if (this.#refusal() !== undefined || body.byteLength > this.maxBytes) return false;
    return this.#link.post(frame('message', { text: subject, body }));
  }

  async request(
    subject: string,
    body: Uint8Array,
    { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal?: AbortSignal },
  ): Promise<Uint8Array> {
    requireSubject(subject);
    this.#requireFit(subject, body);
    const refused = this.#refusal();
    if (refused) fail(refused, { subject, socket: this.#options.path });
    const { token: id, reply } = this.#replies.expect({ subject, timeoutMs, signal });
    this.#link.post(frame('message', { id, text: subject, body }));
    return reply;
  }

  watch(notify: (up: boolean) => void): Undo {
    return this.#link.watch(notify);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#replies.failAll('STOPPED');
    await this.#link.close();
  }

  #take({ kind, id, line, serving, text, body }: Frame): void {
    if (kind === 'reply') this.#replies.answer(id, body);
    else if (kind === 'unserved') this.#replies.fail(id, 'UNREACHABLE');
    else if (kind === 'message') this.#hand(serving, id === 0 ? { subject: text, body } : this.#request(id, line, text, body));
    else fail('BAD_MESSAGE', { kind });
  }

  #request(id: number, line: number, subject: string, body: Uint8Array): Inbound {
    const respond = (answer: Uint8Array) => {
      this.#requireFit(subject, answer);
      if (!this.#link.full) this.#link.post(frame('reply', { id, line, body: answer })); // else lost, as on any wire
    };
    return { subject, body, respond };
  }

  #hand(serving: number, message: Inbound): void {
    try {
      this.#servings.get(serving)?.handle(message);
    } catch (err) {
      this.#options.log.error({ err, subject: message.subject }, 'message handler threw'); // further out it would end the connection
    }
  }

  #serveAll(): void {
    for (const [number, serving] of this.#servings) if (serving.wanted) this.#link.post(this.#serveFrame(number, serving));
  }

  #serveFrame(number: number, { pattern, group }: Serving): Frame {
    return frame('serve', { serving: number, text: pattern, body: Buffer.from(group) });
  }

  /** Resolves when the owner has done it, or cannot be told: then the next connection begins with all that is wanted. */
  async #toldOwner(order: Frame): Promise<void> {
    if (!this.#link.up) return;
    const { token: id, reply } = this.#replies.expect({ subject: order.text, timeoutMs: SOCKET_LIMITS.serveMs });
    this.#link.post({ ...order, id });
    await reply.catch(() => {});
  }

  #refusal(): ErrorCode | undefined {
    return this.#closed ? 'STOPPED' : !this.#link.up ? 'UNREACHABLE' : this.#link.full ? 'BUSY' : undefined;
  }

  #requireFit(subject: string, { byteLength: bytes }: Uint8Array): void {
    const { maxBytes } = this;
    if (bytes > maxBytes) fail('PAYLOAD_TOO_LARGE', { subject, bytes, maxBytes });
  }
}
