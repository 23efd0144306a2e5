import type { Form, Place } from './form.js';
import type { Servers } from './servers.js';
import type { Taken } from './taken.js';
import type { Tokens } from './tokens.js';
import { waitStep } from './wait-step.js';

/** `later`: where it waits until it is due. */
export type Whither = Place | 'later';

/** How a job that was read gets back to the servers. */
export class Returns {
  readonly #servers: Servers;
  readonly #form: Form;
  readonly #tokens: Tokens;

  constructor(servers: Servers, form: Form, tokens: Tokens) {
    this.#servers = servers;
    this.#form = form;
    this.#tokens = tokens;
  }

  /**
   * Set first, closed then: whatever happens in between, the job is there once at least. Throws when it was not set; it is still held then. Nobody hears of a
   * close that failed: the old item comes again, as after every lost connection.
   */
  async put({ read, job }: Taken, whither: Whither): Promise<void> {
    const isLater = whither === 'later';
    const name = isLater ? this.#form.laterOf(waitStep(job.dueAtMs - this.#tokens.now())) : this.#form.nameOf(job, whither);
    await this.#servers.set(name, this.#form.write(job), read.server);
    await read.close().catch(() => read.cut());
  }

  /** To the head, as it is. */
  async abort({ read }: Taken): Promise<void> {
    await read.abort().catch(() => read.cut());
  }

  /** What is no job stands aside as it came; whether that was done. */
  async setAside(read: Taken['read']): Promise<boolean> {
    try {
      await this.#servers.set(this.#form.asideOf(read.name), read.item, read.server);
    } catch {
      read.cut();
      return false;
    }
    await read.close().catch(() => read.cut());
    return true;
  }
}
