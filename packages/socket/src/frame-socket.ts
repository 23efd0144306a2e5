import type { Socket } from 'node:net';
import { Outbox } from '@tiercel/actors';
import { encodeFrames, type Frame, FrameReader, sizeOf } from './frame.js';

export interface FrameSocketHooks {
  /** What it throws ends the connection. */
  onFrame(frame: Frame): void;
  /** Once, at the end; with why, unless the other end closed in order. */
  onEnd(error: unknown): void;
}

/** A connected socket that carries frames: what one turn of the event loop posts leaves in one write. */
export class FrameSocket {
  readonly #socket: Socket;
  readonly #outbox: Outbox<Frame>;
  #unwritten = 0;
  #fault: unknown;

  constructor(socket: Socket, maxBodyBytes: number, { onFrame, onEnd }: FrameSocketHooks) {
    this.#socket = socket;
    this.#outbox = new Outbox((frames) => {
      this.#unwritten = 0;
      if (socket.writable) socket.write(encodeFrames(frames));
    });
    const reader = new FrameReader(maxBodyBytes);
    socket.on('data', (chunk: Buffer) => {
      try {
        for (const frame of reader.read(chunk)) {
          if (socket.destroyed) return;
          onFrame(frame);
        }
      } catch (error) {
        this.cut(error);
      }
    });
    socket.on('error', (error) => {
      this.#fault ??= error;
    });
    socket.once('close', () => onEnd(this.#fault));
  }

  /** What the other end has not taken yet. */
  get unreadBytes(): number {
    return this.#unwritten + this.#socket.writableLength;
  }

  post(frame: Frame): void {
    this.#unwritten += sizeOf(frame);
    this.#outbox.add(frame);
  }

  /** Ends when everything that was posted has been written. */
  end(): void {
    this.#outbox.flush();
    this.#socket.end();
  }

  /** Ends now. */
  cut(error?: unknown): void {
    this.#fault ??= error;
    this.#socket.destroy();
  }
}
