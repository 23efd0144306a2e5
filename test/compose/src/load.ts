import { eventually } from '@tiercel/test-support';
import type { Duration, Tiercel } from 'tiercel';

export const TENANTS = ['dev', 'acme'] as const;
const QUEUE = 'noted';

const TICK_MS = 50;
/** Enqueues that wait for an answer; above, none is added. */
const PENDING = 5_000;

export interface LoadOptions {
  readonly ratePerSec: number;
  /** How long a handler takes. */
  readonly workMs: number;
  readonly lease: Duration;
}

/** Enqueues for two tenants at a steady rate, and keeps what was acknowledged. */
export class Load {
  /** Id → tenant. */
  readonly acknowledged = new Map<string, string>();
  /** Enqueues that failed in the end; their jobs may be stored or not. */
  refused = 0;
  readonly #tiercel: Tiercel;
  readonly #options: LoadOptions;
  readonly #pending = new Set<Promise<void>>();
  readonly #timer: NodeJS.Timeout;
  #sent = 0;

  constructor(tiercel: Tiercel, options: LoadOptions) {
    this.#tiercel = tiercel;
    this.#options = options;
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  /** Waits until so many more are acknowledged. */
  async more(count: number, withinMs = 60_000): Promise<void> {
    const before = this.acknowledged.size;
    await eventually(() => this.acknowledged.size >= before + count, { withinMs, what: `${count} more acknowledged` });
  }

  /** Makes no more, and waits for the answers. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#pending);
  }

  #tick(): void {
    for (let one = 0; one < (this.#options.ratePerSec * TICK_MS) / 1_000 && this.#pending.size < PENDING; one++) {
      const enqueued = this.#enqueue(TENANTS[this.#sent++ % TENANTS.length] as string);
      this.#pending.add(enqueued);
      void enqueued.then(() => this.#pending.delete(enqueued));
    }
  }

  async #enqueue(tenant: string): Promise<void> {
    const { workMs, lease } = this.#options;
    const job = { queue: QUEUE, name: 'Noted', data: { workMs }, lease };
    try {
      const { id } = await this.#tiercel.tenant(tenant).jobs.enqueue(job);
      this.acknowledged.set(id, tenant);
    } catch {
      this.refused++; // nothing was promised
    }
  }
}
