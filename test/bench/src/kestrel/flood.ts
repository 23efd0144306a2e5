import type { Reply } from '@tiercel/kestrel';
import { RawClient } from './client.js';
import { Items, requireStored } from './items.js';
import type { Bench } from './knobs.js';

const QUEUE = 'flood';

/** Producers that set one item after another, and consumers that take one after another; a get that finds nothing is sent again, or waits. */
export const flood: Bench = async (port, { items: count, bytes, prefill, producers, consumers, blocking }) => {
  const items = new Items(count + prefill, bytes);
  const get = Buffer.from(blocking ? `get ${QUEUE}/t=1000\r\n` : `get ${QUEUE}\r\n`);
  let misses = 0;
  let [put, taken] = [0, 0];
  const produce = async (until: number): Promise<void> => {
    const client = await RawClient.connect(port);
    while (put < until) requireStored(await client.ask(items.set(QUEUE, put++)));
    client.destroy();
  };
  const nextItem = async (client: RawClient): Promise<Reply> => {
    for (;;) {
      const [reply] = await client.ask(get);
      if (reply !== undefined && reply.kind !== 'end') return reply;
      misses++;
    }
  };
  const consume = async (): Promise<void> => {
    const client = await RawClient.connect(port);
    while (taken++ < items.count) items.take(await nextItem(client));
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
  return [
    { what: 'through', value: perSec, unit: 'items/s' },
    { what: 'gets that found nothing', value: misses, unit: 'times' },
  ];
};
