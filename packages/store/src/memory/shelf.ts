import type { Retention } from '../job-store.js';
import { Chain } from './chain.js';
import type { Heap, Slotted } from './heap.js';
import type { JobRecord } from './record.js';

/** The finished, or the dead, jobs of a pair, oldest first. Pruned from the old end only, so the oldest shields those behind it. */
export class Shelf implements Slotted {
  readonly kind: 'dead' | 'finished';
  readonly jobs = new Chain<JobRecord>();
  /** When the oldest may be forgotten. */
  dueAtMs = 0;
  slot = -1;

  constructor(kind: 'dead' | 'finished') {
    this.kind = kind;
  }
}

export function shelve(shelves: Heap<Shelf>, shelf: Shelf, job: JobRecord, retention: Retention): void {
  shelf.jobs.addTail(job);
  restack(shelves, shelf, retention);
}

export function unshelve(shelves: Heap<Shelf>, shelf: Shelf, job: JobRecord, retention: Retention): void {
  shelf.jobs.remove(job);
  restack(shelves, shelf, retention);
}

/** Gives a shelf that changed its new place among those waiting to be pruned. */
function restack(shelves: Heap<Shelf>, shelf: Shelf, retention: Retention): void {
  shelves.remove(shelf);
  const oldest = shelf.jobs.first;
  if (!oldest) return;
  shelf.dueAtMs = dueAt(shelf, oldest, retention);
  shelves.add(shelf);
}

/** Never before the floor; then by age, or at once when the shelf holds more than it should. */
function dueAt({ kind, jobs }: Shelf, oldest: JobRecord, retention: Retention): number {
  const [keepMs, keepMax] = kind === 'dead' ? [retention.deadMs, retention.deadMax] : [retention.finishedMs, retention.finishedMax];
  const floorMs = Math.max(retention.keepAtLeastMs, 2 * oldest.given.leaseMs);
  return oldest.atMs + (jobs.size > keepMax ? floorMs : Math.max(floorMs, keepMs));
}
