import { NATS_LIMITS } from './nats-limits.js';

/**
 * Bounds what is written and not yet read by the server. The client library buffers without end when the server reads slowly; a
 * PONG says that everything written before its PING has been read.
 */
export class SendWindow {
  readonly #confirm: () => Promise<void>;
  #unread = 0;
  #sinceAsked = 0;

  /** `confirm` resolves when the server has read everything written so far. */
  constructor(confirm: () => Promise<void>) {
    this.#confirm = confirm;
  }

  get full(): boolean {
    return this.#unread >= NATS_LIMITS.unreadBytes;
  }

  wrote(bytes: number): void {
    this.#unread += bytes;
    this.#sinceAsked += bytes;
    if (this.#sinceAsked >= NATS_LIMITS.confirmBytes) this.#ask();
  }

  #ask(): void {
    const asked = this.#sinceAsked;
    this.#sinceAsked = 0;
    this.#confirm().then(
      () => {
        this.#unread -= asked;
      },
      () => {}, // the connection is lost, and this window with it
    );
  }
}
