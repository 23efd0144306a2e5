import type { Socket } from 'node:net';
import type { Clock, Log } from '@tiercel/actors';
import { type Oversized, REPLIES, type Request, RequestParser, type SetRequest } from '@tiercel/kestrel';
import { asTiercelError } from '@tiercel/protocol';
import { BOUNDS } from './bounds.js';
import type { KestrelDesk, KestrelObserver } from './desk.js';
import type { Housekeeping } from './housekeeping.js';
import { MemcacheAnswers } from './memcache-answers.js';
import { Output } from './output.js';
import type { Session } from './session.js';

export interface MemcacheParts {
  readonly desk: KestrelDesk;
  readonly housekeeping: Housekeeping;
  readonly shutdown: (() => void) | undefined;
  readonly clock: Clock;
  readonly log: Log;
  readonly observe?: KestrelObserver | undefined;
}

/** A client that speaks the memcache protocol. Its requests are served strictly one after the other; sets that came together are stored together. */
export class MemcacheConnection {
  readonly #socket: Socket;
  readonly #parts: MemcacheParts;
  readonly #parser = new RequestParser({ itemBytes: BOUNDS.itemBytes });
  readonly #session: Session;
  readonly #output: Output;
  readonly #answers: MemcacheAnswers;
  #requests: Request[] = [];
  #requestBytes = 0;
  #isServing = false;
  #isOver = false;

  constructor(socket: Socket, parts: MemcacheParts) {
    const { desk, housekeeping, shutdown } = parts;
    this.#socket = socket;
    this.#parts = parts;
    const session = desk.enter();
    this.#session = session;
    this.#output = new Output({
      socket,
      taken: (reads) => session.taken(reads),
      refused: (reads) => session.givenBack(reads),
      wrote: (bytes) => {
        desk.tally.bytesWritten += bytes;
      },
    });
    this.#answers = new MemcacheAnswers({ desk, housekeeping, session, output: this.#output, shutdown });
    socket.on('data', (chunk) => this.#take(chunk));
    socket.on('end', () => this.leave());
    socket.on('error', () => this.leave());
    socket.on('close', () => this.leave());
  }

  /** Its client has gone, or is to go. */
  leave(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#requests = [];
    this.#answers.leave();
    this.#session.leave();
    this.#output.flush();
    this.#hangUp();
  }

  /** What is read meanwhile is dropped: to close on it would take the last reply from the client. */
  #hangUp(): void {
    const socket = this.#socket;
    if (socket.destroyed) return;
    const undo = this.#parts.clock.after(BOUNDS.hangUpMs, () => socket.destroy());
    socket.once('close', undo);
    socket.end();
    socket.resume();
  }

  #take(chunk: Uint8Array): void {
    if (this.#isOver) return;
    this.#parts.desk.tally.bytesRead += chunk.length;
    for (const request of this.#parser.push(chunk)) {
      this.#requests.push(request);
      this.#requestBytes += sizeOf(request);
    }
    if (this.#requests.length > BOUNDS.requests || this.#requestBytes > BOUNDS.requestBytes) this.#socket.pause();
    if (!this.#isServing && this.#requests.length > 0) void this.#serve();
  }

  /** Never throws. */
  async #serve(): Promise<void> {
    this.#isServing = true;
    while (!this.#isOver && this.#requests.length > 0) {
      if ((await this.#next()) === 'closes') this.leave();
      else if (this.#output.isFull) await this.#output.drained();
      if (this.#socket.isPaused() && !this.#isOver && this.#requests.length < BOUNDS.requests / 2) this.#socket.resume();
    }
    this.#isServing = false;
  }

  async #next(): Promise<'closes' | undefined> {
    const { clock, observe } = this.#parts;
    const beganAt = clock.monotonic();
    const request = this.#requests[0] as Request;
    const isSet = request.kind === 'set' || request.kind === 'oversized';
    const count = isSet ? this.#countStores() : 1;
    try {
      if (isSet) return await this.#answers.store(this.#shiftStores(count));
      this.#requests.shift();
      return await this.#answers.answer(request, this.#requests);
    } catch (error) {
      this.#failed(request, error);
      return 'closes';
    } finally {
      observe?.answered(request.kind, count, clock.monotonic() - beganAt);
    }
  }

  /** Sets that came together. */
  #countStores(): number {
    let count = 1;
    while (count < BOUNDS.run && count < this.#requests.length && isStore(this.#requests[count] as Request)) count++;
    return count;
  }

  #shiftStores(count: number): readonly (SetRequest | Oversized)[] {
    const stores = this.#requests.splice(0, count) as (SetRequest | Oversized)[];
    for (const store of stores) this.#requestBytes -= sizeOf(store);
    return stores;
  }

  /** Whether there is nothing or nobody can be asked are two answers. */
  #failed({ kind }: Request, error: unknown): void {
    const { code } = asTiercelError(error);
    this.#parts.observe?.refused(code);
    this.#parts.log.warn({ command: kind, code, err: error }, 'request failed');
    this.#output.add(REPLIES.SERVER_ERROR);
  }
}

const isStore = ({ kind }: Request): boolean => kind === 'set' || kind === 'oversized';
const sizeOf = (request: Request): number => (request.kind === 'set' ? request.data.length : 0);
