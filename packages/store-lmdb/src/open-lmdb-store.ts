import { type Clock, realClock } from '@tiercel/actors';
import { type Durability, fail } from '@tiercel/protocol';
import { DEFAULT_RETENTION, DURABILITY_ORDER, type JobStore, type StoreOptions } from '@tiercel/store';
import { freeBytesOf, prepareDirectory } from './disk.js';
import { faultOf } from './faults.js';
import { type Journal, LmdbJournal } from './journal.js';
import { keyOf } from './key.js';
import { LmdbStore } from './lmdb-store.js';
import { type Owner, takeOwnership } from './owner.js';
import { processesHere } from './processes.js';
import { Room, throwOffBallast } from './room.js';
import { LAYOUT, sealJson, unsealJson } from './seal.js';

export interface LmdbStoreOptions extends StoreOptions {
  /** A directory of this store alone, on a disk of this machine; made if it is not there. */
  readonly path: string;
  /** Whose time counts for jobs; the machine's by default. */
  readonly clock?: Pick<Clock, 'now'>;
  /** Past so many jobs, finished ones included, enqueue is refused: each takes about 1 KiB of memory. 1,000,000 by default. */
  readonly maxJobs?: number;
  /** With less than this free on the disk, enqueue is refused; half of it is kept in a file as ballast. 64 MiB by default. */
  readonly reserveBytes?: number;
}

/** What a store has of the machine. */
export interface Machine {
  readonly clock: Clock;
  freeBytes(path: string): Promise<number>;
  openJournal(path: string): Journal;
}

const HERE: Machine = { clock: realClock, freeBytes: freeBytesOf, openJournal: LmdbJournal.open };

/**
 * Opens the jobs kept in a directory, which belong to this process until the store is closed. Throws STORAGE_OWNED (another process has them),
 * BAD_CONFIG (path, or other than the store was made with), STORAGE_DENIED (permissions), STORAGE_UNFIT (no disk of this machine, not a
 * store, or less durable than required) or STORAGE_FULL. Every job is read: about 5 s for a million.
 */
export async function openLmdbStore(options: LmdbStoreOptions, machine: Machine = HERE): Promise<JobStore> {
  const { path, shards = 16, clock, retention, maxJobs = 1_000_000, reserveBytes = 64 * 1_024 * 1_024 } = options;
  const onEvent = options.onEvent ?? (() => {});
  requireWhole('shards', shards, 1, 4_096);
  requireWhole('maxJobs', maxJobs, 1, 100_000_000);
  requireWhole('reserveBytes', reserveBytes, 0, Number.MAX_SAFE_INTEGER);
  try {
    const { isInMemory } = await prepareDirectory(path);
    const durability: Durability = isInMemory ? 'process-crash' : 'power-loss';
    requireDurable(durability, options.requireDurability, path);
    const owner = await own(path);
    const room = new Room({ path, reserveBytes, clock: machine.clock, freeBytes: machine.freeBytes, onEvent });
    const openJournal = () => openInstalled(machine, path, shards);
    try {
      await room.watch();
      const journal = await openJournal();
      const times = { clock: clock ?? machine.clock, isMachineTime: clock === undefined, timer: machine.clock };
      const shared = { ...times, path, owner, room, durability, maxJobs, journal, openJournal, onEvent };
      return new LmdbStore({ ...shared, shards, retention: { ...DEFAULT_RETENTION, ...retention } }).port;
    } catch (error) {
      await room.stop();
      await owner.release();
      throw error;
    }
  } catch (error) {
    throw faultOf(error, { path });
  }
}

/** On a full disk without its ballast, so that it can be drained. */
async function own(path: string): Promise<Owner> {
  const processes = await processesHere();
  try {
    return await takeOwnership(path, processes);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    await throwOffBallast(path);
    return takeOwnership(path, processes);
  }
}

function requireWhole(option: string, got: number, least: number, most: number): void {
  if (!Number.isInteger(got) || got < least || got > most) fail('BAD_OPTION', { option, expected: `${least} … ${most}`, got });
}

function requireDurable(durability: Durability, required: Durability = 'unknown', path: string): void {
  if (DURABILITY_ORDER.indexOf(durability) < DURABILITY_ORDER.indexOf(required))
    fail('STORAGE_UNFIT', { path, durability, expected: required });
}

/** Who opens a directory first decides how many shards the store has. */
async function openInstalled(machine: Machine, path: string, shards: number): Promise<Journal> {
  const journal = machine.openJournal(path);
  try {
    const row = journal.read('installation');
    const made = (row && unsealJson(row)) as { layout: number; shards: number } | undefined;
    if (!made) await journal.write([{ key: keyOf('installation'), value: sealJson({ layout: LAYOUT, shards }) }]);
    if (made && made.layout !== LAYOUT) fail('BAD_CONFIG', { option: 'layout', expected: made.layout, got: LAYOUT });
    if (made && made.shards !== shards) fail('BAD_CONFIG', { option: 'shards', expected: made.shards, got: shards });
    return journal;
  } catch (error) {
    await journal.close();
    throw error;
  }
}
