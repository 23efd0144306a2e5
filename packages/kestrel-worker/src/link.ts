import { connectKestrel, type KestrelConnection, type KestrelOptions } from '@tiercel/kestrel';

/** A connection that is made when it is needed, and again when it was lost. */
export class Link {
  readonly #options: KestrelOptions;
  #making: Promise<KestrelConnection> | undefined;

  constructor(options: KestrelOptions) {
    this.#options = options;
  }

  /** Throws UNREACHABLE. */
  async connection(): Promise<KestrelConnection> {
    const made = await this.#making?.catch(() => undefined); // it was told when it was tried
    if (made && !made.closed.aborted) return made;
    this.#making = connectKestrel(this.#options);
    return this.#making;
  }

  async close(): Promise<void> {
    const made = await this.#making?.catch(() => undefined);
    await made?.close();
  }
}
