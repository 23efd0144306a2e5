import type {
  ChangeVerdict,
  EnqueueVerdict,
  ExtendCode,
  LeaseRef,
  NewJob,
  SettingsChange,
  SettleCode,
  Settlement,
} from '@tiercel/protocol';
import type { GoneOwner, Reserved, ReserveRequest, Swept } from '@tiercel/store';
import { Book, type Times } from './book.js';
import type { Coverage } from './coverage.js';
import {
  dueExtend,
  dueSettle,
  type Entry,
  grant,
  growsTo,
  isLeased,
  isOver,
  isOverdue,
  isWaiting,
  move,
  newEntry,
  revive,
  settle,
  takeBack,
} from './entry.js';
import type { Judge } from './judge.js';

export interface LedgerOptions extends Times {
  readonly judge: Judge;
  readonly coverage: Coverage;
  readonly keepAtLeastMs: number;
  /** Whether this worker's process has really ended. */
  readonly isGone: (owner: string) => boolean;
  readonly granted: (entry: Entry) => void;
  readonly acked: (entry: Entry) => void;
}

/**
 * A second book of every job, kept from what the storage was asked and what it answered, in the order in which it was applied and in
 * the storage's own time. Each method judges one answer and returns the entries that the call may have touched.
 */
export class Ledger extends Book {
  readonly #options: LedgerOptions;
  /** Every token that was granted, of whatever job: a worker tells its leases apart by them. */
  readonly #tokens = new Set<string>();
  readonly #judge: Judge;

  constructor(options: LedgerOptions) {
    super(options);
    this.#options = options;
    this.#judge = options.judge;
  }

  enqueued(batch: readonly (NewJob & { tenant: string })[], verdicts: readonly EnqueueVerdict[]): Entry[] {
    return batch.flatMap((job, at) => this.#enqueued(job, verdicts[at]!));
  }

  #enqueued(job: NewJob & { tenant: string }, { code, state }: EnqueueVerdict): Entry[] {
    const nowMs = this.see(job.tenant);
    const known = this.find(job.tenant, job.id);
    const facts = { tenant: job.tenant, id: job.id, code, state };
    if (known && known.state !== 'gone') {
      const due = known.given.checksum === job.checksum ? 'DUPLICATE' : 'DUPLICATE_ID';
      if (code !== due || (code === 'DUPLICATE' && state !== known.state)) this.#blame('one id is one job', { ...facts, due });
      this.#saw(due === 'DUPLICATE' ? 'duplicate' : 'duplicate id');
      return [known];
    }
    if (code !== 'OK') this.#blame('what was accepted is not lost', { ...facts, due: 'OK' });
    const entry = newEntry(job, nowMs);
    if (state !== entry.state) this.#blame('the record says what the ledger says', { ...facts, due: entry.state });
    if (job.atMs > 0) this.#saw('enqueued for a date');
    this.entries.set(`${job.tenant}/${job.id}`, entry);
    this.#saw('enqueued');
    return [entry];
  }

  reserved(request: ReserveRequest, { jobs }: Reserved): Entry[] {
    const nowMs = this.seeShard(request.shard);
    const expired = this.all((entry) => entry.state === 'ready' && this.isOf(entry, request.shard) && isOverdue(entry, nowMs));
    for (const job of jobs) {
      const entry = this.find(job.tenant, job.id);
      const facts = { tenant: job.tenant, id: job.id, token: job.token, owner: request.owner };
      if (!request.wants.some(({ tenant, queue }) => tenant === job.tenant && queue === job.queue))
        this.#blame('tenants never mix', { ...facts, why: 'nobody asked for it' });
      if (!entry) this.#blame('one id is one job', { ...facts, why: 'never enqueued' });
      else if (isLeased(entry))
        this.#blame(nowMs < entry.atMs ? 'one unexpired lease a job' : 'an ended lease comes back', {
          ...facts,
          held: entry.token,
        });
      else if (this.isPaused(job.tenant, job.queue))
        this.#blame('what is paused is not handed out', { ...facts, queue: job.queue });
      else if (entry.state !== 'ready') this.#blame('a final job stays so until it is revived', { ...facts, state: entry.state });
      else if (this.#tokens.has(job.token) || !growsTo(entry, job.token))
        this.#blame('a token is granted once and grows', { ...facts, before: entry.token });
      else if (entry.lostLeases > 0 && jobs.length > 1)
        this.#blame('the record says what the ledger says', { ...facts, why: 'a suspect with others' });
      if (!entry) continue;
      this.#checkTurn(entry, nowMs);
      this.#tokens.add(job.token);
      grant(entry, job.token, request.owner, nowMs + request.deliveryLeaseMs);
      if (job.attempt !== entry.attempt || job.checksum !== entry.given.checksum)
        this.#blame('the record says what the ledger says', { ...facts, attempt: job.attempt, due: entry.attempt });
      this.#options.granted(entry);
      this.#saw('granted');
    }
    return [...expired, ...jobs.flatMap((job) => this.find(job.tenant, job.id) ?? [])];
  }

  /** Of one tenant's queue the more urgent come first; and of what was enqueued without delay and never granted, what came first. */
  #checkTurn(entry: Entry, nowMs: number): void {
    const { tenant, queue, id, priority } = entry.given;
    let before = true;
    for (const other of this.entries.values()) {
      if (other === entry) before = false;
      const { given } = other;
      if (other === entry || other.state !== 'ready' || given.tenant !== tenant || given.queue !== queue || isOverdue(other, nowMs))
        continue;
      const overtaken = given.priority === priority && before && isFresh(other) && isFresh(entry);
      if (given.priority < priority || overtaken) this.#blame('first in, first out', { tenant, queue, id, before: given.id });
    }
  }

  extended(batch: readonly (LeaseRef & { leaseMs: number })[], codes: readonly ExtendCode[]): Entry[] {
    return batch.flatMap((lease, at) => {
      const nowMs = this.see(lease.tenant);
      const entry = this.find(lease.tenant, lease.id);
      const code = codes[at]!;
      const due = dueExtend(entry, lease.token, nowMs);
      if (code !== due) {
        const invariant = due === 'LEASE_LOST' ? 'a stale token changes nothing' : 'a lease that holds is honoured';
        this.#blame(invariant, { call: 'extend', ...lease, code, due, current: entry?.token, state: entry?.state });
      }
      if (due === 'LEASE_LOST' || !entry) return [];
      move(entry, 'leased', nowMs + lease.leaseMs);
      entry.delivered = true;
      this.#saw('extended');
      return [entry];
    });
  }

  settled(batch: readonly Settlement[], codes: readonly SettleCode[]): Entry[] {
    return batch.flatMap((settlement, at) => this.#settled(settlement, codes[at]!));
  }

  #settled(settlement: Settlement, code: SettleCode): Entry[] {
    const { tenant, id, token, outcome } = settlement;
    const nowMs = this.see(tenant);
    const entry = this.find(tenant, id);
    const due = dueSettle(entry, token);
    if (code !== due) this.#blame(wrongSettle(due, code), { call: outcome, tenant, id, token, code, due, current: entry?.token });
    if (code === 'OK_ALREADY') this.#saw('told OK_ALREADY');
    if (code === 'LEASE_LOST') this.#saw('told LEASE_LOST');
    if (outcome === 'ack' && code !== 'LEASE_LOST' && entry) this.#ackedBy(entry, token);
    if (due !== 'OK' || !entry) return [];
    this.#saw(outcome);
    if (outcome === 'ack') this.#options.acked(entry);
    settle(entry, settlement, nowMs);
    if (outcome !== 'ack' && entry.state === 'dead') this.#saw('spent');
    if (entry.state === 'cancelled') this.#saw('cancelled while leased');
    return [entry];
  }

  /** An OK_ALREADY of another outcome than the first does not make the worker believe in an ack of its own. */
  #ackedBy(entry: Entry, token: string): void {
    if (entry.acked !== '' && entry.acked !== token)
      this.#blame('one worker is told OK', { id: entry.given.id, first: entry.acked, second: token });
    entry.acked = token;
  }

  cancelled(tenant: string, ids: readonly string[], verdicts: readonly ChangeVerdict[]): Entry[] {
    return this.#changed(tenant, ids, verdicts, 'cancel', (entry, nowMs) => {
      if (entry.state === 'leased') entry.cancelRequested = true;
      else if (entry.state !== 'ready' && entry.state !== 'scheduled') return false;
      else {
        move(entry, 'cancelled', nowMs);
        this.#saw('cancelled while ready or scheduled');
      }
      return true;
    });
  }

  revived(tenant: string, ids: readonly string[], verdicts: readonly ChangeVerdict[]): Entry[] {
    return this.#changed(tenant, ids, verdicts, 'revive', (entry) => {
      if (entry.state !== 'dead') return false;
      revive(entry);
      this.#saw('revived');
      return true;
    });
  }

  #changed(
    tenant: string,
    ids: readonly string[],
    verdicts: readonly ChangeVerdict[],
    call: string,
    change: (entry: Entry, nowMs: number) => boolean,
  ): Entry[] {
    return ids.flatMap((id, at) => {
      const nowMs = this.see(tenant);
      const known = this.find(tenant, id);
      const entry = known?.state === 'gone' ? undefined : known;
      const due = !entry ? 'NOT_FOUND' : change(entry, nowMs) ? 'OK' : 'WRONG_STATE';
      const { code, state } = verdicts[at]!;
      if (code !== due || state !== (entry?.state ?? ''))
        this.#blame('the record says what the ledger says', { call, tenant, id, code, state, due, known: entry?.state });
      return entry ? [entry] : [];
    });
  }

  controlled(tenant: string, queue: string, { set, clear }: SettingsChange): void {
    this.see(tenant);
    const hasWork = this.all(
      ({ state, given }) => state === 'ready' && given.tenant === tenant && [given.queue, ''].includes(queue),
    );
    const before = this.isPaused(tenant, queue);
    this.setPaused(tenant, queue, set.paused ?? (clear.includes('paused') ? false : undefined));
    const after = this.isPaused(tenant, queue);
    if (hasWork.length > 0 && before !== after) this.#saw(after ? 'paused with work in it' : 'resumed with work in it');
  }

  promoted(shard: number, { moved }: Swept): Entry[] {
    const nowMs = this.seeShard(shard);
    const isDue = (entry: Entry) =>
      (entry.state === 'scheduled' && entry.atMs <= nowMs) || (isWaiting(entry) && isOverdue(entry, nowMs));
    const due = this.all((entry) => this.isOf(entry, shard) && isDue(entry));
    if (due.length !== moved) this.#blame('the record says what the ledger says', { call: 'promote', moved, due: due.length });
    for (const entry of due) {
      if (entry.state === 'scheduled') this.#saw('promoted');
      if (isOverdue(entry, nowMs)) this.#expire(entry, nowMs);
      else move(entry, 'ready', 0);
    }
    return due;
  }

  reaped(shard: number, gone: readonly GoneOwner[], { moved }: Swept): Entry[] {
    const nowMs = this.seeShard(shard);
    const owners = new Set(gone.map(({ owner }) => owner));
    const due = this.all((entry) => isLeased(entry) && this.isOf(entry, shard) && (entry.atMs <= nowMs || owners.has(entry.owner)));
    if (due.length !== moved)
      this.#blame('an ended lease comes back', { call: 'reap', moved, due: due.map(({ given }) => `${given.tenant}/${given.id}`) });
    for (const entry of due) {
      if (entry.atMs > nowMs && !this.#options.isGone(entry.owner))
        this.#blame('a lease that holds is honoured', { call: 'reap', id: entry.given.id, owner: entry.owner });
      if (entry.atMs > nowMs) this.#saw('reaped of a gone owner');
      this.#saw(entry.delivered ? 'reaped lost' : 'reaped undelivered');
      takeBack(entry, nowMs);
      if (entry.state === 'cancelled') this.#saw('cancelled while leased');
      if (entry.state === 'dead' && entry.given.attempts === 0) this.#saw('poison');
    }
    return due;
  }

  /** The storage does not say what it forgot; whoever compares calls {@link forgotten} for what is missing. */
  pruned(shard: number, { moved }: Swept): Entry[] {
    this.seeShard(shard);
    return moved > 0 ? this.all((entry) => isOver(entry) && this.isOf(entry, shard)) : [];
  }

  forgotten(entry: Entry): void {
    const keepMs = Math.max(this.#options.keepAtLeastMs, 2 * entry.given.leaseMs);
    const ageMs = this.storeNow(entry.given.tenant) - entry.atMs;
    if (!isOver(entry))
      this.#blame('what was accepted is not lost', { tenant: entry.given.tenant, id: entry.given.id, state: entry.state });
    else if (ageMs < keepMs) this.#blame('nothing is forgotten too soon', { id: entry.given.id, ageMs, keepMs });
    entry.state = 'gone';
    this.#saw('pruned');
  }

  /** Of a ready job past its time to live nobody knows whether a reserve came by it: the storage may say expired. */
  mayHaveExpired(entry: Entry): boolean {
    const nowMs = this.storeNow(entry.given.tenant);
    if (entry.state !== 'ready' || !isOverdue(entry, nowMs)) return false;
    this.#expire(entry, nowMs);
    return true;
  }

  #expire(entry: Entry, nowMs: number): void {
    move(entry, 'expired', nowMs);
    this.#saw('expired');
  }

  #blame(...args: Parameters<Judge['blame']>): void {
    this.#judge.blame(...args);
  }

  #saw(...args: Parameters<Coverage['saw']>): void {
    this.#options.coverage.saw(...args);
  }
}

const isFresh = ({ attempt, given }: Entry): boolean => attempt === 0 && given.delayMs === 0 && given.atMs === 0;

function wrongSettle(due: SettleCode, code: SettleCode) {
  if (due === 'OK_ALREADY') return 'the winner is told OK again';
  return code === 'LEASE_LOST' ? 'a lease that holds is honoured' : 'a stale token changes nothing';
}
