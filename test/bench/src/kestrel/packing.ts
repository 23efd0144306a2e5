import { RawClient } from './client.js';
import { Items, requireStored } from './items.js';
import type { Bench } from './knobs.js';

const QUEUE = 'packing';

/** Cycles of so many items in and, beside it, as many out, pipelined, with one cycle's items kept as backlog; then the backlog out. */
export const packing: Bench = async (port, { items: count, bytes, batch, cycles }) => {
  const items = new Items(count * (cycles + 1), bytes);
  const [producer, consumer] = await Promise.all([RawClient.connect(port), RawClient.connect(port)]);
  const put = async (from: number): Promise<void> => {
    for (let at = from; at < from + count; at += batch) {
      const size = Math.min(batch, from + count - at);
      const requests = Buffer.concat(Array.from({ length: size }, (_, n) => items.set(QUEUE, at + n)));
      requireStored(await producer.ask(requests, size));
    }
  };
  const take = async (): Promise<void> => {
    for (let left = count; left > 0; left -= Math.min(batch, left)) {
      const size = Math.min(batch, left);
      for (const reply of await consumer.ask(Buffer.from(`get ${QUEUE}/t=5000\r\n`.repeat(size)), size)) items.take(reply);
    }
  };
  await put(0);
  const startedAt = performance.now();
  for (let cycle = 1; cycle <= cycles; cycle++) await Promise.all([put(cycle * count), take()]);
  const eachWay = ((count * cycles) / (performance.now() - startedAt)) * 1_000;
  const drainedAt = performance.now();
  await take();
  const drained = (count / (performance.now() - drainedAt)) * 1_000;
  for (const client of [producer, consumer]) client.destroy();
  if (items.left !== 0) throw new Error(`${items.left} items did not come back`);
  return [
    { what: 'each way', value: eachWay, unit: 'items/s' },
    { what: 'drain', value: drained, unit: 'items/s' },
  ];
};
