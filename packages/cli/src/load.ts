import { type Clock, type Log, sleep } from '@tiercel/actors';
import type { Client } from '@tiercel/client';
import { codeOf } from '@tiercel/protocol';

export interface LoadOptions {
  readonly client: Client;
  /** Served in turn. */
  readonly tenants: readonly string[];
  readonly queue: string;
  readonly name: string;
  readonly ratePerSec: number;
  /** In all; 0 is no end. */
  readonly count: number;
  /** Begins no more; what waits for its answer is still awaited. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly log: Log;
  /** Takes a line of JSON for every job that storage has. */
  readonly write: (line: string) => void;
}

const TICK_MS = 20;
/** Enqueues that may wait for their answer; no more are begun while so many do. */
const IN_FLIGHT = 5_000;

/** Enqueues made-up jobs (`{ n }`) at a steady rate and writes one line for each that is acknowledged. 0 when all were, else 1. */
export async function runLoad(options: LoadOptions): Promise<number> {
  const { ratePerSec, count, clock, signal } = options;
  const startedMs = clock.monotonic();
  const underWay = new Set<Promise<void>>();
  const tally = { begun: 0, refused: 0 };
  while (!signal.aborted && (count === 0 || tally.begun < count)) {
    const due = Math.min(((clock.monotonic() - startedMs) * ratePerSec) / 1_000, count || Number.POSITIVE_INFINITY);
    while (tally.begun < due && underWay.size < IN_FLIGHT) begin(options, tally, underWay);
    await sleep(clock, TICK_MS);
  }
  await Promise.all(underWay);
  options.log.info({ ...tally }, 'load ended');
  return tally.refused === 0 ? 0 : 1;
}

function begin(options: LoadOptions, tally: { begun: number; refused: number }, underWay: Set<Promise<void>>): void {
  const n = tally.begun++;
  const one = enqueueOne(options, n).catch((error) => {
    tally.refused++;
    options.log.warn({ n, code: codeOf(error) }, 'enqueue failed');
  });
  underWay.add(one);
  void one.then(() => underWay.delete(one));
}

async function enqueueOne({ client, tenants, queue, name, write }: LoadOptions, n: number): Promise<void> {
  const tenant = tenants[n % tenants.length]!;
  const { id, durability } = await client.tenant(tenant).enqueue({ queue, name, data: { n } });
  write(`${JSON.stringify({ acknowledged: id, n, tenant, queue, durability })}\n`);
}
