import { type Clock, sleep } from '@tiercel/actors';
import type { JobStore } from '@tiercel/store';

const LOOK_MS = 50;
/** Leases taken back at a look; those that ended meanwhile. */
const REAPED = 250;

/** Resolves when no lease is held that will end, or `waitMs` have passed. Those that end meanwhile are taken back. */
export async function leasesEnd(
  store: JobStore,
  { clock, waitMs }: { readonly clock: Clock; readonly waitMs: number },
): Promise<void> {
  const untilMs = clock.monotonic() + waitMs;
  while ((await areHeld(store)) && clock.monotonic() < untilMs) await sleep(clock, LOOK_MS);
}

async function areHeld(store: JobStore): Promise<boolean> {
  const shards = Array.from({ length: store.shards }, (_, shard) => store.reap(shard, REAPED));
  const sweeps = await Promise.all(shards).catch(() => []); // a storage that is away holds nothing for us
  return sweeps.some(({ nextInMs }) => nextInMs !== undefined);
}
