import type { Socket } from 'node:net';
import { BOUNDS } from './bounds.js';
import type { Read } from './read.js';

export interface OutputParts {
  readonly socket: Socket;
  /** The system took these items, which belong to the client now. */
  readonly taken: (reads: readonly Read[]) => void;
  /** The client had gone. */
  readonly refused: (reads: readonly Read[]) => void;
  readonly wrote: (bytes: number) => void;
}

/** Pieces up to so much together are joined: one copy costs less than many buffers do. */
const JOINED_BYTES = 64 * 1024;

/** What goes to one client: all that was said in one turn of the event loop leaves in one write. */
export class Output {
  readonly #parts: OutputParts;
  #pieces: Uint8Array[] = [];
  #bytes = 0;
  /** Items among them that nobody holds open. */
  #reads: Read[] = [];
  #unconfirmed = 0;
  #confirmed: (() => void)[] = [];

  constructor(parts: OutputParts) {
    this.#parts = parts;
  }

  /** The client does not take what it is sent. */
  get isFull(): boolean {
    return this.#bytes + this.#parts.socket.writableLength > BOUNDS.outputBytes;
  }

  add(...pieces: readonly Uint8Array[]): void {
    if (this.#pieces.length === 0) process.nextTick(() => this.flush());
    for (const piece of pieces) {
      this.#pieces.push(piece);
      this.#bytes += piece.length;
    }
  }

  /** An item that the client has, for good, as soon as the system takes it. */
  addItem(read: Read, pieces: readonly Uint8Array[]): void {
    this.#reads.push(read);
    this.add(...pieces);
  }

  flush(): void {
    if (this.#pieces.length === 0) return;
    const [pieces, bytes, reads] = [this.#pieces, this.#bytes, this.#reads];
    this.#pieces = [];
    this.#bytes = 0;
    this.#reads = [];
    this.#parts.wrote(bytes);
    this.#write(pieces, bytes, reads.length === 0 ? undefined : this.#confirming(reads));
  }

  /** Resolves when the client has taken enough for more to be sent, or is gone. */
  drained(): Promise<void> {
    const { socket } = this.#parts;
    this.flush();
    if (socket.destroyed || !socket.writableNeedDrain) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        socket.off('drain', done);
        socket.off('close', done);
        resolve();
      };
      socket.on('drain', done);
      socket.on('close', done);
    });
  }

  /** Resolves when it is known of each item whether the system took it. */
  confirmed(): Promise<void> {
    this.flush();
    return this.#unconfirmed === 0 ? Promise.resolve() : new Promise((resolve) => this.#confirmed.push(resolve));
  }

  #confirming(reads: readonly Read[]): (error?: Error | null) => void {
    this.#unconfirmed++;
    return (error) => {
      if (error) this.#parts.refused(reads);
      else this.#parts.taken(reads);
      if (--this.#unconfirmed === 0) for (const resolve of this.#confirmed.splice(0)) resolve();
    };
  }

  #write(pieces: readonly Uint8Array[], bytes: number, written: ((error?: Error | null) => void) | undefined): void {
    const { socket } = this.#parts;
    if (pieces.length === 1 || bytes <= JOINED_BYTES) {
      socket.write(pieces.length === 1 ? (pieces[0] as Uint8Array) : Buffer.concat(pieces, bytes), written);
      return;
    }
    socket.cork();
    for (const piece of pieces.slice(0, -1)) socket.write(piece);
    socket.write(pieces.at(-1) as Uint8Array, written);
    socket.uncork();
  }
}
