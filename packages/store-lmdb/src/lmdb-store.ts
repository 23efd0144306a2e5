import { type Clock, sleep } from '@tiercel/actors';
import { type Durability, fail, TiercelError } from '@tiercel/protocol';
import {
  type Capabilities,
  ClockWatch,
  type JobStore,
  MEMORY_CAPABILITIES,
  type StoreEvent,
  type StoreStatus,
} from '@tiercel/store';
import { asPort, type Carry, verbsOf } from '@tiercel/store/memory-shard';
import { Committer } from './committer.js';
import { faultOf } from './faults.js';
import type { Journal, Row } from './journal.js';
import { LiveShards, type LiveShardsOptions } from './live-shards.js';
import type { Owner } from './owner.js';
import type { Room } from './room.js';

/** What a commit may need on the disk, at most about. */
const GROWTH = 4;
const SPARE_BYTES = 65_536;
/** Between tries to open a store again whose disk failed. */
const REOPEN_MS = 1_000;

export interface LmdbStoreParts extends LiveShardsOptions {
  readonly path: string;
  readonly owner: Owner;
  readonly room: Room;
  /** Of the jobs. */
  readonly clock: Pick<Clock, 'now'>;
  /** Whether that is the machine's, which somebody may set. */
  readonly isMachineTime: boolean;
  /** Of what waits. */
  readonly timer: Clock;
  readonly durability: Durability;
  readonly maxJobs: number;
  readonly journal: Journal;
  /** The same again. */
  openJournal(): Promise<Journal>;
  onEvent(event: StoreEvent): void;
}

/** The port over memory shards whose changes are on the disk before anybody hears of them. */
export class LmdbStore {
  readonly #parts: LmdbStoreParts;
  readonly #committer: Committer;
  #journal: Journal;
  #live: LiveShards;
  readonly #clocks: ClockWatch;
  #epoch = 1;
  #state: 'open' | 'failed' | 'closed' = 'open';
  #recovery: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(parts: LmdbStoreParts) {
    this.#parts = parts;
    this.#clocks = new ClockWatch(parts.timer);
    this.#journal = parts.journal;
    this.#live = new LiveShards(this.#journal, parts);
    parts.room.reuse(() => this.#journal.reusableBytes());
    this.#committer = new Committer({
      clock: parts.timer,
      changedBytes: () => this.#live.changedBytes,
      write: () => this.#write(),
      onFailure: (fault) => {
        this.#recovery = this.#recover(fault);
      },
    });
  }

  get port(): JobStore {
    const { clock, shards } = this.#parts;
    const verbs = verbsOf({ clock, shards, shardAt: (index) => this.#live.all[index]! });
    const status = () => this.#status;
    return {
      capabilities: LMDB_CAPABILITIES,
      get status() {
        return status();
      },
      shards,
      ...asPort(verbs, this.#carry),
      close: () => (this.#closing ??= this.#close()),
    };
  }

  get #status(): StoreStatus {
    return {
      durability: this.#parts.durability,
      epoch: this.#epoch,
      engine: 'lmdb',
      unknown: [],
      clockJumpMs: this.#clocks.jumpMs,
    };
  }

  readonly #carry: Carry = (verb, step) =>
    this.#committer.carry(() => {
      this.#watchClock();
      this.#requireOpen();
      if (verb === 'enqueue') this.#requireRoom();
      return step();
    });

  #watchClock(): void {
    const { clock, isMachineTime, onEvent } = this.#parts;
    const byMs = isMachineTime ? this.#clocks.saw('', clock.now(), 0) : 0;
    if (byMs !== 0) onEvent({ kind: 'clock-jump', byMs });
  }

  #requireOpen(): void {
    const { path } = this.#parts;
    if (this.#state === 'failed') fail('STORAGE_UNAVAILABLE', { path, reason: 'it is being opened again' });
    if (this.#state === 'closed') fail('STORAGE_UNAVAILABLE', { path, reason: 'it was closed' });
  }

  #requireRoom(): void {
    const { path, room, maxJobs } = this.#parts;
    if (room.isFull) fail('STORAGE_FULL', { path, reason: 'the disk is nearly full' });
    if (this.#live.jobs >= maxJobs) fail('STORAGE_FULL', { path, maxJobs });
  }

  async #write(): Promise<void> {
    const { rows, written } = this.#live.take();
    try {
      await this.#journal.write(rows);
    } catch (error) {
      throw await this.#faultOf(error, bytesOf(rows));
    }
    written();
    this.#parts.room.wrote(bytesOf(rows));
  }

  /** A disk that fills in the midst of a write says no more than that the write failed. */
  async #faultOf(error: unknown, bytes: number): Promise<TiercelError> {
    const { path, room } = this.#parts;
    const fault = faultOf(error, { path });
    const isFull = fault.code === 'STORAGE_UNAVAILABLE' && (await room.isShortOf(SPARE_BYTES + GROWTH * bytes));
    return isFull ? new TiercelError('STORAGE_FULL', fault.facts, error) : fault;
  }

  /** Memory holds what the disk does not: it is thrown away, and built again from the disk. */
  async #recover({ code }: TiercelError): Promise<void> {
    const { room, timer } = this.#parts;
    this.#state = 'failed';
    if (code === 'STORAGE_FULL') await room.failed();
    while (this.#isFailed) await this.#reopen().catch(() => sleep(timer, REOPEN_MS)); // who calls is told that it is being opened again
  }

  /** Asked again after each wait: it may have been closed meanwhile. */
  get #isFailed(): boolean {
    return this.#state === 'failed';
  }

  async #reopen(): Promise<void> {
    await this.#journal.close();
    this.#journal = await this.#parts.openJournal();
    this.#live = new LiveShards(this.#journal, this.#parts);
    if (!this.#isFailed) return;
    this.#epoch++;
    this.#state = 'open';
    this.#parts.onEvent({ kind: 'engine', status: this.#status });
  }

  async #close(): Promise<void> {
    await this.#committer.settled();
    const times = this.#state === 'open' ? this.#live.takeTimes() : [];
    this.#state = 'closed';
    await this.#recovery; // or it would have the files open when they belong to somebody else
    await this.#parts.room.stop();
    await this.#journal.write(times).catch(() => {}); // what was acknowledged is there
    await this.#journal.close();
    await this.#parts.owner.release();
  }
}

/** Its verbs are those of the memory driver. */
export const LMDB_CAPABILITIES: Capabilities = Object.freeze({ ...MEMORY_CAPABILITIES, driver: 'lmdb' });

const bytesOf = (rows: readonly Row[]): number => rows.reduce((sum, { key, value }) => sum + key.length + (value?.length ?? 0), 0);
