import type { Clock, Log, Random, Undo } from '@tiercel/actors';
import { Joiner } from '@tiercel/client';
import { asTiercelError, type LeaseRef, LIMITS, type SettleCode, type Settlement, settleBatch } from '@tiercel/protocol';
import { BOUNDS } from './bounds.js';
import type { Brokers } from './brokers.js';
import { afterSockets } from './turn.js';

export interface SettlerParts {
  readonly brokers: Brokers;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** What a settlement takes on the wire at most, as long as its reason is short. */
const SETTLEMENT_BYTES = 512;

type Ended = LeaseRef & { readonly queue: string };

interface Later {
  readonly ended: LeaseRef;
  readonly resolve: (code: Promise<SettleCode>) => void;
}

/** Ends leases, those of one turn of all connections in one message, in the order in which they were ended. */
export class Settler {
  readonly #parts: SettlerParts;
  readonly #joiner: Joiner<Settlement, SettleCode>;
  #last: Promise<unknown> = Promise.resolve();
  /** Acks that nobody waits for. */
  #later: Later[] = [];
  #laterBytes = 0;
  #undoLater: Undo | undefined;

  constructor(parts: SettlerParts) {
    const { brokers, clock, random } = parts;
    this.#parts = parts;
    this.#joiner = new Joiner({
      ...{ clock, random, soon: afterSockets, retryForMs: BOUNDS.settleForMs, maxWaiting: BOUNDS.settlesWaiting },
      maxItems: LIMITS.batchItems,
      maxBytes: LIMITS.batchBytes - SETTLEMENT_BYTES,
      sizeOf: () => SETTLEMENT_BYTES,
      inFlight: BOUNDS.inFlight,
      send: async (settlements) => (await brokers.ask(brokers.serving, 'settle', settleBatch(settlements))).verdicts,
    });
  }

  /** Throws what the brokers refuse with. */
  ack({ tenant, id, token }: LeaseRef): Promise<SettleCode> {
    return this.#add({ tenant, id, token, outcome: 'ack' });
  }

  /** The same where nobody waits for the answer: with others that end within `BOUNDS.ackMs`. `bytes`: what the brokers keep until then. */
  ackLater(ended: LeaseRef, bytes: number): Promise<SettleCode> {
    return new Promise((resolve) => {
      this.#later.push({ ended, resolve });
      this.#laterBytes += bytes;
      if (this.#later.length >= BOUNDS.acksTogether || this.#laterBytes >= BOUNDS.ackBytes) this.#ackAll();
      else this.#undoLater ??= this.#parts.clock.after(BOUNDS.ackMs, () => this.#ackAll());
    });
  }

  /** To the head of its queue, where it is the next that anyone gets. */
  giveBack({ tenant, id, token, queue }: Ended, spend = false): Promise<SettleCode> {
    const release = {
      outcome: 'release',
      delayMs: 0,
      spend,
      lost: false,
      head: true,
      reason: spend ? 'ABORTED' : '',
      queue,
    } as const;
    return this.#add({ tenant, id, token, ...release });
  }

  bury({ tenant, id, token }: LeaseRef, reason: string, corrupt = false): Promise<SettleCode> {
    return this.#add({ tenant, id, token, outcome: 'bury', reason, corrupt });
  }

  /** Resolves when what was handed in before is answered or given up. Never throws. */
  async settled(): Promise<void> {
    this.#ackAll();
    await this.#last.catch(() => {});
  }

  close(): void {
    this.#undoLater?.();
    this.#joiner.close();
  }

  #ackAll(): void {
    this.#undoLater?.();
    this.#undoLater = undefined;
    this.#laterBytes = 0;
    for (const { ended, resolve } of this.#later.splice(0)) resolve(this.ack(ended));
  }

  #add(settlement: Settlement): Promise<SettleCode> {
    const settled = this.#joiner.add(settlement);
    this.#last = settled;
    // what was not settled comes back when its lease ends
    settled.catch((error) => {
      const { tenant, id: jobId, outcome } = settlement;
      this.#parts.log.warn({ code: asTiercelError(error).code, tenant, jobId, outcome }, 'settle failed');
    });
    return settled;
  }
}
