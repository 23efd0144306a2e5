import { shardOf } from '@tiercel/store';

interface OfTenant {
  readonly tenant: string;
}

/** Asks each shard for its items, all at once, and puts the answers in the order of the items. */
export async function byShard<T extends OfTenant, R>(
  items: readonly T[],
  shards: number,
  ask: (shard: number, items: readonly T[]) => Promise<readonly R[]>,
): Promise<readonly R[]> {
  const places = placesByShard(items, shards);
  if (places.size === 0) return [];
  if (places.size === 1) return ask(places.keys().next().value as number, items);
  const answers = new Array<R>(items.length);
  await Promise.all(
    Array.from(places, async ([shard, at]) => {
      const replies = await ask(
        shard,
        at.map((place) => items[place] as T),
      );
      at.forEach((place, n) => {
        answers[place] = replies[n] as R;
      });
    }),
  );
  return answers;
}

function placesByShard(items: readonly OfTenant[], shards: number): Map<number, number[]> {
  const places = new Map<number, number[]>();
  let tenant: string | undefined;
  let some: number[] = [];
  items.forEach((item, place) => {
    if (item.tenant !== tenant) {
      tenant = item.tenant;
      const shard = shardOf(tenant, shards);
      some = places.get(shard) ?? [];
      places.set(shard, some);
    }
    some.push(place);
  });
  return places;
}

/** Items of one run: what Lua may hand to one call, with room to spare. */
const MAX_RUN = 1_000;

/** Writes items in runs of those that are alike: `open` begins a run, `close` is told how many items it had. */
export function inRuns<T>(
  items: readonly T[],
  isSame: (a: T, b: T) => boolean,
  write: { open(item: T): void; item(item: T): void; close(count: number): void },
): void {
  let count = 0;
  items.forEach((item, at) => {
    if (at === 0 || count === MAX_RUN || !isSame(items[at - 1] as T, item)) {
      if (count > 0) write.close(count);
      write.open(item);
      count = 0;
    }
    write.item(item);
    count++;
  });
  if (count > 0) write.close(count);
}
