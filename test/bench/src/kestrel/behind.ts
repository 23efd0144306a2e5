import { RawClient } from './client.js';
import { Items, requireStored } from './items.js';
import type { Bench, Figure } from './knobs.js';

/**
 * How fast a queue drains that has `prefill` items more than are taken, against one that has none, `cycles` times in turn. Whichever came
 * first would run in code that is not compiled yet, so one is drained before.
 */
export const behind: Bench = async (port, { items: count, bytes, batch, prefill, cycles }) => {
  const near = () => drained(port, 'behind_no', new Items(count, bytes), count, batch);
  const far = () => drained(port, 'behind_far', new Items(count + prefill, bytes), count, batch);
  await near();
  const figures: Figure[] = [];
  for (let cycle = 0; cycle < cycles; cycle++) {
    const [one, other] = [await near(), await far()];
    figures.push(
      { what: 'not behind', value: one, unit: 'items/s' },
      { what: `${prefill} behind`, value: other, unit: 'items/s' },
      { what: 'the second as a multiple of the first', value: other / one, unit: 'times' },
    );
  }
  return figures;
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
