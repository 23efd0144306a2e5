import type { Clock, Log, Random, Undo } from '@tiercel/actors';
import type { LeasedJob, QueueSettings, SettleCode } from '@tiercel/protocol';
import { BOUNDS } from './bounds.js';
import type { Brokers } from './brokers.js';
import { flawOf } from './flaw.js';
import { itemOf } from './item.js';
import { Keeper } from './keeper.js';
import type { KnownQueue } from './known-queues.js';
import { Read } from './read.js';
import type { Rules, TenantRules } from './rules.js';
import { Settler } from './settler.js';
import type { Tenants } from './tenants.js';

export interface CustodyParts {
  readonly brokers: Brokers;
  readonly tenants: Tenants;
  readonly rules: Rules;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

const NO_BYTES = new Uint8Array();

/** The items that clients have, or are about to have: leases of this door from their grant to their end. */
export class Custody {
  readonly #parts: CustodyParts;
  readonly #settler: Settler;
  readonly #keeper: Keeper;

  constructor(parts: CustodyParts) {
    this.#parts = parts;
    this.#settler = new Settler(parts);
    this.#keeper = new Keeper({ ...parts, lost: (read) => this.#lost(read) });
  }

  get size(): number {
    return this.#keeper.size;
  }

  /** What cannot be read is set aside, and not among them. */
  receive(jobs: readonly LeasedJob[]): readonly Read[] {
    const { tenants, clock, log } = this.#parts;
    const renewAt = clock.monotonic() + BOUNDS.keepMs / 2;
    const reads: Read[] = [];
    for (const job of jobs) {
      tenants.saw(job.tenant);
      const flaw = flawOf(job);
      if (flaw === undefined) reads.push(this.#hold(new Read(job, itemOf(job), renewAt)));
      else {
        log.error({ tenant: job.tenant, queue: job.queue, jobId: job.id, reason: flaw.reason }, 'job set aside');
        this.#settler.bury(job, flaw.reason, flaw.corrupt).catch(() => {}); // told by the settler
      }
    }
    return reads;
  }

  /** A client has it open from now on. */
  opened(known: KnownQueue, read: Read): void {
    known.tally.opened++;
    read.data = NO_BYTES;
    const rules = this.#parts.rules.of(read.tenant);
    if (rules instanceof Promise)
      rules.then(
        (asked) => this.#limit(known, read, asked),
        () => {}, // without settings it is as if there were no time-out, and the next read asks again
      );
    else this.#limit(known, read, rules);
  }

  /** Its client is done with it. Throws when nobody could be told. */
  close(read: Read): Promise<void> {
    return this.#ended(read, (held) => this.#settler.ack(held));
  }

  /** Its client has it for good, and waits for nothing. */
  taken(read: Read): void {
    this.#ended(read, (held) => this.#settler.ackLater(held, held.data.length)).catch(() => {}); // told by the settler; it comes back when its lease ends
  }

  /** To the head, spent where its queue limits aborts. Throws when nobody could be told. */
  async abort(known: KnownQueue, read: Read): Promise<void> {
    known.tally.aborted++;
    const { tenant, queue } = read;
    const settings = await Promise.resolve(this.#parts.rules.of(tenant)).then(
      (rules) => rules.of(queue),
      (): QueueSettings => ({}), // whoever aborts wants it back, more than to have it counted
    );
    if (this.#end(read)) await this.#putBack(read, settings);
  }

  /** Items that no client had, so that they stand as they stood. */
  restore(reads: readonly Read[]): void {
    this.giveBack([...reads].reverse());
  }

  /** To the head, unspent, the first of them first. */
  giveBack(reads: readonly Read[]): void {
    for (const read of reads) if (this.#end(read)) this.#settler.giveBack(read).catch(() => {}); // told by the settler
  }

  /** Resolves when what was ended until now is known to the brokers. Never throws. */
  settled(): Promise<void> {
    return this.#settler.settled();
  }

  /** The same, but not for ever. */
  async drained(): Promise<void> {
    let undo: Undo = () => {};
    const late = new Promise<void>((resolve) => {
      undo = this.#parts.clock.after(BOUNDS.drainMs, resolve);
    });
    await Promise.race([this.settled(), late]);
    undo();
  }

  /** Forgets what is held; that comes back when its leases end. */
  stop(): void {
    this.#keeper.close();
    this.#settler.close();
  }

  async #ended(read: Read, ack: (read: Read) => Promise<SettleCode>): Promise<void> {
    if (this.#end(read) && (await ack(read)) !== 'LEASE_LOST') return;
    const { tenant, queue, id: jobId } = read;
    this.#parts.log.warn({ tenant, queue, jobId }, 'late close ignored');
  }

  #hold(read: Read): Read {
    this.#keeper.hold(read);
    return read;
  }

  /** Whether it was held until now. */
  #end(read: Read, as: 'over' | 'lost' = 'over'): boolean {
    this.#keeper.drop(read);
    return read.end(as);
  }

  /** The lease of the queue or tenant is the time-out of its open reads; kept here, so that it counts on an idle queue too. */
  #limit(known: KnownQueue, read: Read, rules: TenantRules): void {
    const settings = rules.of(read.queue);
    const { leaseMs = 0 } = settings;
    if (leaseMs > 0 && read.state === 'held')
      read.stopTimer = this.#parts.clock.after(leaseMs, () => this.#timedOut(known, read, settings));
  }

  #timedOut(known: KnownQueue, read: Read, settings: QueueSettings): void {
    if (!this.#end(read, 'lost')) return;
    known.tally.aborted++;
    this.#putBack(read, settings).catch(() => {}); // told by the settler
  }

  #putBack(read: Read, { maxAborts = 0 }: QueueSettings): Promise<SettleCode> {
    if (maxAborts > 0 && read.spent + 1 >= maxAborts) return this.#settler.bury(read, `ABORTED: ${maxAborts} times`);
    return this.#settler.giveBack(read, maxAborts > 0);
  }

  #lost(read: Read): void {
    read.end('lost');
    const { tenant, queue, id: jobId } = read;
    this.#parts.log.warn({ tenant, queue, jobId }, 'open read lost');
  }
}
