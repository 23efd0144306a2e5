import { percentile } from '../statistics.js';
import { RawClient } from './client.js';
import { Items, requireStored } from './items.js';
import type { Bench, Figure } from './knobs.js';

/** Many clients that set, each its next item (or `batch` of them) when the last is stored. */
export const putMany: Bench = async (port, { clients, items: count, bytes, batch, queues, get }) => {
  const items = new Items(count, bytes);
  const crowd = await Promise.all(Array.from({ length: clients }, () => RawClient.connect(port)));
  const queueOf = (place: number): string => `put_many_${place % queues}`;
  const tookMs: number[] = [];
  let next = 0;
  const startedAt = performance.now();
  await Promise.all(
    crowd.map(async (client, place) => {
      while (next < count) {
        const size = Math.min(batch, count - next);
        const bytesOfAll = Buffer.concat(Array.from({ length: size }, (_, at) => items.set(queueOf(place), next + at)));
        next += size;
        const askedAt = performance.now();
        requireStored(await client.ask(bytesOfAll, size));
        tookMs.push(performance.now() - askedAt);
      }
    }),
  );
  const perSec = (count / (performance.now() - startedAt)) * 1_000;
  const got = get ? await getBack(crowd, items, queueOf) : [];
  for (const client of crowd) client.destroy();
  const spread = [50, 99].map((p): Figure => ({ what: `put p${p}`, value: percentile(tookMs, p), unit: 'ms' }));
  return [{ what: 'put', value: perSec, unit: 'items/s' }, ...spread, ...got];
};

async function getBack(crowd: readonly RawClient[], items: Items, queueOf: (place: number) => string): Promise<Figure[]> {
  const startedAt = performance.now();
  await Promise.all(
    crowd.map(async (client, place) => {
      for (;;) {
        const [reply] = await client.ask(Buffer.from(`get ${queueOf(place)}\r\n`));
        if (reply?.kind === 'end') return;
        if (reply) items.take(reply);
      }
    }),
  );
  if (items.left !== 0) throw new Error(`${items.left} items did not come back`);
  return [{ what: 'get', value: (items.count / (performance.now() - startedAt)) * 1_000, unit: 'items/s' }];
}
