interface Message {
  readonly subject: string;
  readonly body: Uint8Array;
  readonly reply: string;
}

/**
 * Gathers what one turn of the event loop publishes, so that it leaves in one write. The client library writes in the next microtask, and
 * what a turn answers is made in several: each would be a system call here and a wake-up of the server.
 */
export class Outbox {
  readonly #publish: (subject: string, body: Uint8Array, reply: string) => void;
  #waiting: Message[] = [];

  constructor(publish: (subject: string, body: Uint8Array, reply: string) => void) {
    this.#publish = publish;
  }

  add(subject: string, body: Uint8Array, reply: string): void {
    // Ticks come after all microtasks of the turn.
    if (this.#waiting.push({ subject, body, reply }) === 1) process.nextTick(() => this.flush());
  }

  flush(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { subject, body, reply } of waiting) this.#publish(subject, body, reply);
  }
}
