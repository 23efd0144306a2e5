import { RawClient } from './client.js';
import { Items, requireStored } from './items.js';
import type { Bench } from './knobs.js';

/** How fast a queue drains that has `prefill` items more than are taken, against one that has none. */
export const behind: Bench = async (port, { items: count, bytes, batch, prefill }) => {
  const near = await drained(port, 'behind_no', new Items(count, bytes), count, batch);
  const far = await drained(port, 'behind_far', new Items(count + prefill, bytes), count, batch);
  return [
    { what: 'not behind', value: near, unit: 'items/s' },
    { what: `${prefill} behind`, value: far, unit: 'items/s' },
    { what: 'the second as a multiple of the first', value: far / near, unit: 'times' },
  ];
};

async function drained(port: number, queue: string, items: Items, take: number, batch: number): Promise<number> {
  const client = await RawClient.connect(port);
  for (let at = 0; at < items.count; at += batch) {
    const size = Math.min(batch, items.count - at);
    requireStored(await client.ask(Buffer.concat(Array.from({ length: size }, (_, n) => items.set(queue, at + n))), size));
  }
  const startedAt = performance.now();
  for (let left = take; left > 0; left -= Math.min(batch, left)) {
    const size = Math.min(batch, left);
    for (const reply of await client.ask(Buffer.from(`get ${queue}\r\n`.repeat(size)), size)) items.take(reply);
  }
  const perSec = (take / (performance.now() - startedAt)) * 1_000;
  await client.ask(Buffer.from(`flush ${queue}\r\n`));
  client.destroy();
  return perSec;
}
