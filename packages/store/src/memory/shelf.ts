import { Chain } from './chain.js';
import type { Heap, Slotted } from './heap.js';
import { type JobRecord, leaseMsOf } from './record.js';
import type { Rules } from './settings.js';

/** The finished, or the dead, jobs of a pair, oldest first. Pruned from the old end only, so the oldest shields those behind it. */
export class Shelf implements Slotted {
  readonly kind: 'dead' | 'finished';
  readonly jobs = new Chain<JobRecord>();
  /** What is kept of payloads (dead) or results (finished). */
  bytes = 0;
  /** When the oldest may be forgotten. */
  dueAtMs = 0;
  slot = -1;

  constructor(kind: 'dead' | 'finished') {
    this.kind = kind;
  }
}

export function shelve(shelves: Heap<Shelf>, shelf: Shelf, job: JobRecord, rules: Rules): void {
  shelf.jobs.addTail(job);
  shelf.bytes += keptBytes(job);
  restack(shelves, shelf, rules);
}

export function unshelve(shelves: Heap<Shelf>, shelf: Shelf, job: JobRecord, rules: Rules): void {
  shelf.jobs.remove(job);
  shelf.bytes -= keptBytes(job);
  restack(shelves, shelf, rules);
}

const keptBytes = ({ payload, result }: JobRecord): number => (payload ?? result)?.length ?? 0;

/** Gives a shelf that changed, or whose rules did, its new place among those waiting to be pruned. */
export function restack(shelves: Heap<Shelf>, shelf: Shelf, rules: Rules): void {
  shelves.remove(shelf);
  const oldest = shelf.jobs.first;
  if (!oldest) return;
  shelf.dueAtMs = dueAt(shelf, oldest, rules);
  shelves.add(shelf);
}

/** Never before the floor; then by age, or at once when the shelf holds more than it should. */
function dueAt({ kind, jobs, bytes }: Shelf, oldest: JobRecord, rules: Rules): number {
  const [keepMs, keepMax, keepBytes] =
    kind === 'dead' ? [rules.deadMs, rules.deadMax, rules.deadBytes] : [rules.finishedMs, rules.finishedMax, rules.finishedBytes];
  const floorMs = Math.max(rules.keepAtLeastMs, 2 * leaseMsOf(oldest));
  return oldest.atMs + (jobs.size > keepMax || bytes > keepBytes ? floorMs : Math.max(floorMs, keepMs));
}
