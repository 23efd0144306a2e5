import { RawClient } from './client.js';
import { Items, requireStored } from './items.js';
import type { Bench } from './knobs.js';

const QUEUE = 'flood';

/** Producers that set one item after another, and consumers that wait for them and take one after another. */
export const flood: Bench = async (port, { items: count, bytes, prefill, producers, consumers }) => {
  const items = new Items(count + prefill, bytes);
  let [put, taken] = [0, 0];
  const produce = async (until: number): Promise<void> => {
    const client = await RawClient.connect(port);
    while (put < until) requireStored(await client.ask(items.set(QUEUE, put++)));
    client.destroy();
  };
  const consume = async (): Promise<void> => {
    const client = await RawClient.connect(port);
    while (taken++ < items.count) for (const reply of await client.ask(Buffer.from(`get ${QUEUE}/t=10000\r\n`))) items.take(reply);
    client.destroy();
  };
  await produce(prefill);
  const startedAt = performance.now();
  await Promise.all([
    ...Array.from({ length: producers }, () => produce(items.count)),
    ...Array.from({ length: consumers }, () => consume()),
  ]);
  const perSec = (items.count / (performance.now() - startedAt)) * 1_000;
  if (items.left !== 0) throw new Error(`${items.left} items did not come back`);
  return [{ what: 'through', value: perSec, unit: 'items/s' }];
};
