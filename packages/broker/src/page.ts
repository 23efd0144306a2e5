import { LIMITS } from '@tiercel/protocol';

export interface Page<T> {
  readonly items: readonly T[];
  /** '' = the last one. */
  readonly cursor: string;
}

export interface PageRequest<T> {
  readonly cursor: string;
  readonly limit: number;
  /** Items asked of the storage in one step: a few replies' worth at most, however large they are. */
  readonly atOnce: number;
  readonly bytesOf: (item: T) => number;
  readonly ask: (cursor: string, limit: number) => Promise<Page<T>>;
}

/** Steps of one page; what is not reached is left to the next. */
const STEPS = 64;

/**
 * As much of a list as one reply carries, from the cursor on: `limit` items or `LIMITS.batchBytes` at most, but one item always. Where a step
 * brings more than fits it is asked for again, as short as fits, since only the storage knows the cursor behind an item.
 */
export async function pageWithinReply<T>({ limit, bytesOf, ask, ...from }: PageRequest<T>): Promise<Page<T>> {
  let { cursor, atOnce } = from;
  let room: number = LIMITS.batchBytes;
  const items: T[] = [];
  for (let step = 0; step < STEPS; step++) {
    const page = await ask(cursor, Math.min(atOnce, limit - items.length));
    const sizes = page.items.map(bytesOf);
    const fitting = countWithin(sizes, room) || (items.length === 0 ? 1 : 0);
    if (fitting === 0 && sizes.length > 0) break;
    if (fitting < sizes.length) {
      atOnce = fitting;
      continue;
    }
    items.push(...page.items);
    room -= sizes.reduce((sum, size) => sum + size, 0);
    cursor = page.cursor;
    if (cursor === '' || items.length >= limit) break;
  }
  return { items, cursor };
}

/** How many from the first are within so many bytes together. */
function countWithin(sizes: readonly number[], room: number): number {
  let left = room;
  const first = sizes.findIndex((size) => {
    left -= size;
    return left < 0;
  });
  return first === -1 ? sizes.length : first;
}
