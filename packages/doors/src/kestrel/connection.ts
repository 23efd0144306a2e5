import type { Socket } from 'node:net';
import type { Clock } from '@tiercel/actors';
import { asTiercelError, type TiercelError } from '@tiercel/protocol';
import { BOUNDS } from './bounds.js';
import type { KestrelDesk, KestrelObserver } from './desk.js';
import { hangUp } from './hang-up.js';
import { Output } from './output.js';
import type { Session } from './session.js';

/** What becomes of a connection behind a reply. */
export type After = 'closes' | undefined;

/** How a protocol is spoken on one connection. */
export interface Speech<R extends { readonly kind: string }> {
  /** The requests that are whole now. Never throws. */
  read(chunk: Uint8Array): readonly R[];
  /** Of its data. */
  bytesOf(request: R): number;
  /** How many of the first are answered together. */
  together(requests: readonly R[]): number;
  /** `behind`: what the client asked for after them. Throws what the brokers refuse with. */
  answer(together: readonly R[], behind: readonly R[]): Promise<After>;
  /** Says that they could not be answered. */
  failed(error: TiercelError): After;
  /** Its client has gone. */
  leave(): void;
}

export interface ConnectionParts {
  readonly desk: KestrelDesk;
  readonly clock: Clock;
  readonly observe?: KestrelObserver | undefined;
}

/** A client. Its requests are served strictly one after the other, whatever it speaks. */
export class Connection<R extends { readonly kind: string }> {
  readonly #socket: Socket;
  readonly #parts: ConnectionParts;
  readonly #session: Session;
  readonly #output: Output;
  readonly #speech: Speech<R>;
  readonly #requests: R[] = [];
  #requestBytes = 0;
  #isServing = false;
  #isOver = false;

  constructor(socket: Socket, parts: ConnectionParts, speak: (session: Session, output: Output) => Speech<R>) {
    const { desk } = parts;
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
    this.#speech = speak(session, this.#output);
    socket.on('data', (chunk) => this.#take(chunk));
    socket.on('end', () => this.leave());
    socket.on('error', () => this.leave());
    socket.on('close', () => this.leave());
  }

  /** Its client has gone, or is to go. */
  leave(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#requests.length = 0;
    this.#speech.leave();
    this.#session.leave();
    this.#output.flush();
    hangUp(this.#socket, this.#parts.clock);
  }

  #take(chunk: Uint8Array): void {
    if (this.#isOver) return;
    this.#parts.desk.tally.bytesRead += chunk.length;
    for (const request of this.#speech.read(chunk)) {
      this.#requests.push(request);
      this.#requestBytes += this.#speech.bytesOf(request);
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
      if (!this.#isOver && this.#socket.isPaused() && this.#hasRoom) this.#socket.resume();
    }
    this.#isServing = false;
  }

  get #hasRoom(): boolean {
    return this.#requests.length < BOUNDS.requests / 2 && this.#requestBytes < BOUNDS.requestBytes / 2;
  }

  async #next(): Promise<After> {
    const { clock, observe } = this.#parts;
    const beganAt = clock.monotonic();
    const together = this.#requests.splice(0, this.#speech.together(this.#requests));
    for (const request of together) this.#requestBytes -= this.#speech.bytesOf(request);
    const { kind } = together[0] as R;
    try {
      return await this.#speech.answer(together, this.#requests);
    } catch (error) {
      return this.#failed(kind, error);
    } finally {
      observe?.answered(kind, together.length, clock.monotonic() - beganAt);
    }
  }

  /** Whether there is nothing or nobody can be asked are two answers. */
  #failed(command: string, thrown: unknown): After {
    const error = asTiercelError(thrown);
    this.#parts.observe?.refused(error.code);
    this.#parts.desk.complaints.warn({ code: error.code, command, err: thrown }, 'request failed');
    return this.#speech.failed(error);
  }
}
