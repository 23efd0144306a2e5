import type { Clock, Log, Random } from '@tiercel/actors';
import type { LeasedJob } from '@tiercel/protocol';
import { type Outcome, reasonOf } from '@tiercel/worker';
import { type Allowance, isLast, retryDelayMs } from './allowance.js';
import { CONSUME_LIMITS } from './consume-limits.js';
import { type Item, writeItem } from './item.js';
import type { Link } from './link.js';
import type { OpenRead } from './open-read.js';
import type { Outage } from './outage.js';
import type { QueueNames } from './queue-names.js';
import type { Rest } from './rest.js';

export interface SettlerOptions {
  readonly names: QueueNames;
  readonly writes: Link;
  readonly outage: Outage;
  readonly rest: Rest;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** A job was put among those that failed. */
  failed(delayMs: number): void;
}

/** What was performed. */
export interface Performed {
  readonly read: OpenRead;
  readonly item: Item;
  readonly job: LeasedJob;
  readonly allowance: Allowance;
  readonly outcome: Outcome | undefined;
}

/**
 * Tells the server what became of an item. One that is to stand elsewhere is set there before its read is closed, so that a crash in between doubles it and never
 * loses it; a read is aborted only when this consumer cannot do better, since an aborted item comes straight back and nothing counts it.
 */
export class Settler {
  readonly #options: SettlerOptions;

  constructor(options: SettlerOptions) {
    this.#options = options;
  }

  async settle({ read, item, job, allowance, outcome }: Performed): Promise<void> {
    const { names, log } = this.#options;
    const { tenant, id: jobId, attempt } = job;
    const facts = { tenant, queue: names.queue, name: item.name, jobId, attempt };
    if (outcome === undefined || read.lost.aborted) return log.warn(facts, 'read lost, and the job with it');
    if (outcome.outcome === 'ack') return this.#close(read, facts);
    const reason = outcome.reason.slice(0, CONSUME_LIMITS.reasonChars);
    if (outcome.outcome === 'release' && !outcome.spend) return this.#giveBack(read, { ...facts, reason });
    if (outcome.outcome === 'bury' || isLast(attempt, allowance)) return this.#bury(read, item, { ...facts, reason });
    return this.#retry(read, item, allowance, { ...facts, reason });
  }

  /** Sets what is no job aside as it is. */
  async quarantine(read: OpenRead, reason: string): Promise<void> {
    const { names, log } = this.#options;
    const facts = { queue: names.queue, bytes: read.item.length, reason };
    // a server may keep an empty item as something else, or not at all
    if (read.item.length === 0) await this.#close(read, facts);
    else if (!(await this.#move(read, names.quarantine, read.item, facts))) return;
    log.warn({ ...facts, to: names.quarantine }, 'item quarantined: it is no job');
  }

  async #retry(read: OpenRead, item: Item, allowance: Allowance, facts: Facts): Promise<void> {
    const { names, clock, random, log, failed } = this.#options;
    const { jobId: id, attempt: spent, reason } = facts;
    const delayMs = retryDelayMs(random, spent, allowance);
    const mark = { id, spent, readyAtMs: Math.floor(clock.now()) + delayMs, reason };
    if (!(await this.#move(read, names.errors, writeItem(item, mark), facts))) return;
    failed(delayMs);
    log.info({ ...facts, delayMs }, 'job released');
  }

  async #bury(read: OpenRead, item: Item, facts: Facts): Promise<void> {
    const { names, clock, log } = this.#options;
    const { jobId: id, attempt: attempts, reason } = facts;
    const epitaph = { id, attempts, diedAtMs: Math.floor(clock.now()), reason };
    if (await this.#move(read, names.dead, writeItem(item, epitaph), facts)) log.warn({ ...facts, to: names.dead }, 'job given up');
  }

  async #giveBack(read: OpenRead, facts: object): Promise<void> {
    await read.abort().catch(() => {}); // then its connection has ended, which gives it back too
    this.#options.log.info(facts, 'job given back');
  }

  /** Returns whether the item stands on that queue now. */
  async #move(read: OpenRead, queue: string, bytes: Uint8Array, facts: object): Promise<boolean> {
    if (!(await this.#set(read, queue, bytes))) {
      await this.#giveBack(read, { ...facts, to: queue });
      return false;
    }
    await this.#close(read, facts);
    return true;
  }

  /** Again and again, for as long as the read is held. */
  async #set(read: OpenRead, queue: string, bytes: Uint8Array): Promise<boolean> {
    const { writes, outage, rest, clock } = this.#options;
    const giveUpAt = clock.monotonic() + CONSUME_LIMITS.settleMs;
    for (;;) {
      try {
        await (await writes.connection()).set(queue, bytes);
        outage.over();
        return true;
      } catch (error) {
        const pauseMs = outage.failed(error);
        if (read.lost.aborted || rest.called || clock.monotonic() + pauseMs > giveUpAt) return false;
        await rest.take(pauseMs);
      }
    }
  }

  async #close(read: OpenRead, facts: object): Promise<void> {
    try {
      await read.close();
    } catch (error) {
      this.#options.log.warn({ ...facts, reason: reasonOf(error) }, 'close not answered, so the item may come again');
    }
  }
}

interface Facts {
  readonly jobId: string;
  readonly attempt: number;
  readonly reason: string;
}
