import {
  type GetRequest,
  itemReply,
  type Oversized,
  REPLIES,
  type Request,
  RequestParser,
  type SetRequest,
} from '@tiercel/kestrel';
import { asTiercelError } from '@tiercel/protocol';
import { BOUNDS } from './bounds.js';
import type { After, Speech } from './connection.js';
import type { KestrelDesk } from './desk.js';
import { ttlOf } from './expiry.js';
import type { Housekeeping } from './housekeeping.js';
import type { KnownQueue } from './known-queues.js';
import { upkeep } from './memcache-upkeep.js';
import type { Output } from './output.js';
import type { Read } from './read.js';
import type { Session } from './session.js';
import type { Statistics } from './statistics.js';

export interface AnswersParts {
  readonly desk: KestrelDesk;
  readonly housekeeping: Housekeeping;
  readonly statistics: Statistics;
  readonly session: Session;
  readonly output: Output;
  /** Ends the process; without it SHUTDOWN is refused. */
  readonly shutdown: (() => void) | undefined;
}

type Monitor = Extract<Request, { readonly kind: 'monitor' }>;
type Confirm = Extract<Request, { readonly kind: 'confirm' }>;

/** The memcache protocol on one connection. Sets that came together are stored together. */
export class MemcacheAnswers implements Speech<Request> {
  readonly #parts: AnswersParts;
  readonly #parser = new RequestParser({ itemBytes: BOUNDS.itemBytes });
  /** Items that were taken ahead for the requests behind the one that is answered. */
  #ahead: Read[] = [];

  constructor(parts: AnswersParts) {
    this.#parts = parts;
  }

  read(chunk: Uint8Array): readonly Request[] {
    return this.#parser.push(chunk);
  }

  bytesOf(request: Request): number {
    return request.kind === 'set' ? request.data.length : 0;
  }

  together(requests: readonly Request[]): number {
    const other = requests.findIndex(({ kind }) => kind !== 'set' && kind !== 'oversized');
    return Math.min(Math.max(1, other < 0 ? requests.length : other), BOUNDS.run);
  }

  answer(together: readonly Request[], behind: readonly Request[]): Promise<After> {
    const request = together[0] as Request;
    switch (request.kind) {
      case 'set':
      case 'oversized':
        return this.#store(together as readonly (SetRequest | Oversized)[]);
      case 'get':
        return this.#get(request, behind);
      case 'monitor':
        return this.#monitor(request);
      case 'confirm':
        return this.#confirm(request);
      default:
        return upkeep(request, this.#parts);
    }
  }

  failed(): After {
    return this.#say(REPLIES.SERVER_ERROR, 'closes');
  }

  async #store(requests: readonly (SetRequest | Oversized)[]): Promise<After> {
    const { desk } = this.#parts;
    if (!desk.mayWrite) return this.#say(REPLIES.SERVER_ERROR, 'closes');
    const storing: Promise<boolean | undefined>[] = [];
    for (const request of requests) {
      const known = desk.queues.of(request.queue);
      const reached = known && desk.reach(known);
      if (reached instanceof Promise) await reached.catch(() => {}); // the set will say so
      storing.push(this.#stored(request));
    }
    const replies = await Promise.all(storing);
    const failedAt = replies.indexOf(undefined);
    const told = failedAt < 0 ? replies : replies.slice(0, failedAt);
    for (const isStored of told) this.#say(isStored ? REPLIES.STORED : REPLIES.NOT_STORED);
    if (failedAt < 0) return undefined;
    if (desk.queues.of((requests[failedAt] as SetRequest).queue) === undefined) return 'closes';
    return this.#say(REPLIES.SERVER_ERROR, 'closes');
  }

  /** What was taken ahead goes back to where it was. */
  leave(): void {
    this.#parts.session.givenBack(this.#ahead.splice(0));
  }

  /** `undefined`: that is not known, or the name is none. */
  async #stored(request: SetRequest | Oversized): Promise<boolean | undefined> {
    const { desk } = this.#parts;
    const known = desk.queues.of(request.queue);
    if (known === undefined) return undefined;
    if (request.kind === 'oversized') return desk.refused(known, 'PAYLOAD_TOO_LARGE');
    return desk.set(known, request.data, ttlOf(request.expiry, desk.nowMs)).catch((error) => {
      const { code } = asTiercelError(error);
      desk.complaints.warn({ code, queue: known.queue, err: error }, 'set failed');
      return undefined;
    });
  }

  async #get(request: GetRequest, behind: readonly Request[]): Promise<After> {
    const { desk, session } = this.#parts;
    const { open, close, abort, peek } = request;
    const known = desk.queues.of(request.queue);
    const onlyEnds = abort || (close && !open);
    if (known === undefined) return onlyEnds ? this.#say(REPLIES.END) : 'closes';
    if (abort) await session.abort(known);
    if (close) await session.close(known);
    if (onlyEnds) return this.#say(REPLIES.END);
    if (!desk.mayRead) return this.#say(REPLIES.SERVER_ERROR, 'closes');
    if (peek) return this.#peek(known, request);
    const isOver = open ? session.openCount(known) >= BOUNDS.openReads : session.openCount(known) > 0;
    if (isOver) return this.#say(REPLIES.ERROR, 'closes');
    const read = this.#ahead.shift() ?? (await this.#fetch(known, request, behind));
    desk.found(known, read !== undefined);
    if (read === undefined) return this.#say(REPLIES.END);
    this.#handOver(known, read, request);
    return undefined;
  }

  /** The requests behind it that ask for the same are served with it: a client that sends them together wants the items together. */
  async #fetch(known: KnownQueue, request: GetRequest, behind: readonly Request[]): Promise<Read | undefined> {
    const { session } = this.#parts;
    const want =
      1 + alike(request, behind, request.open && !request.close ? BOUNDS.openReads - session.openCount(known) - 1 : BOUNDS.run);
    // who asks for several does not stand in line with all of them
    const some = want > 1 ? await session.get(known, want, 0) : [];
    const reads = some.length > 0 || (want > 1 && request.waitMs === 0) ? some : await session.get(known, 1, request.waitMs);
    const [first, ...ahead] = reads;
    this.#ahead.push(...ahead);
    return first;
  }

  #handOver(known: KnownQueue, read: Read, { queue, open }: { readonly queue: string; readonly open: boolean }): void {
    const { desk, session, output } = this.#parts;
    const pieces = itemReply(queue, read.data);
    desk.handedOver(read.data.length);
    if (open) {
      session.opened(known, read);
      output.add(...pieces);
    } else output.addItem(read, pieces);
  }

  async #peek(known: KnownQueue, { queue, waitMs }: GetRequest): Promise<After> {
    const data = await this.#parts.session.peek(known, waitMs);
    if (data === undefined) return this.#say(REPLIES.END);
    this.#parts.output.add(...itemReply(queue, data));
    return undefined;
  }

  /** Opens items as they come, until the time is over, `max` are, or as many as may be open at once. */
  async #monitor({ queue, seconds, max = Number.POSITIVE_INFINITY }: Monitor): Promise<After> {
    const { desk, session, output } = this.#parts;
    const known = desk.queues.of(queue);
    if (known === undefined) return 'closes';
    if (!desk.mayRead) return this.#say(REPLIES.SERVER_ERROR, 'closes');
    const endsAt = desk.uptimeMs + seconds * 1_000;
    for (let opened = 0; opened < max && session.openCount(known) < BOUNDS.openReads; opened++) {
      const [read] = await session.get(known, 1, Math.max(0, endsAt - desk.uptimeMs));
      desk.found(known, read !== undefined);
      if (read === undefined) break;
      this.#handOver(known, read, { queue, open: true });
      if (output.isFull) await output.drained();
    }
    return this.#say(REPLIES.END);
  }

  async #confirm({ queue, count }: Confirm): Promise<After> {
    const { desk, session } = this.#parts;
    const known = desk.queues.of(queue);
    const open = known === undefined ? 0 : session.openCount(known);
    if (count > open) return this.#say(REPLIES.ERROR);
    if (known !== undefined && count > 0) await session.close(known, count);
    return this.#say(REPLIES.END);
  }

  #say(reply: Uint8Array, after?: After): After {
    this.#parts.output.add(reply);
    return after;
  }
}

/** How many of the first ask for the same as `request`. */
function alike(request: GetRequest, behind: readonly Request[], most: number): number {
  let same = 0;
  for (const other of behind) {
    if (same >= most || other.kind !== 'get' || other.queue !== request.queue || other.peek || other.abort) break;
    if (other.open !== request.open || other.close !== request.close) break;
    same++;
  }
  return same;
}
