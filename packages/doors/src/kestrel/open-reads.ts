import type { Read } from './read.js';

/** What one client has open, by queue, the oldest first. */
export class OpenReads {
  readonly #byQueue = new Map<string, Read[]>();

  /** Of one queue. */
  count(queue: string): number {
    return this.#byQueue.get(queue)?.length ?? 0;
  }

  add(read: Read): void {
    const reads = this.#byQueue.get(read.queue);
    if (reads) reads.push(read);
    else this.#byQueue.set(read.queue, [read]);
  }

  /** The oldest ones of a queue; fewer when there are fewer. */
  take(queue: string, count = 1): readonly Read[] {
    const reads = this.#byQueue.get(queue);
    if (reads === undefined) return [];
    const taken = reads.splice(0, count);
    if (reads.length === 0) this.#byQueue.delete(queue);
    return taken;
  }

  takeAll(): readonly Read[] {
    const all = [...this.#byQueue.values()].flat();
    this.#byQueue.clear();
    return all;
  }
}
