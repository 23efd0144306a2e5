import { RawClient } from './client.js';
import { Items, requireStored } from './items.js';
import type { Bench } from './knobs.js';

const QUEUE = 'many_clients';

/** Many clients that wait, of which some go away before they read; none of the items may go with them. */
export const manyClients: Bench = async (port, { clients, items: count, bytes, kill }) => {
  const items = new Items(count, bytes);
  const open = Buffer.from(`get ${QUEUE}/open/t=10000\r\n`);
  const gone = Math.floor((clients * kill) / 100);
  const doomed = await Promise.all(Array.from({ length: gone }, () => RawClient.connect(port)));
  for (const client of doomed) client.ask(open).catch(() => {}); // its end is what is tried
  const startedAt = performance.now();
  const producer = await RawClient.connect(port);
  const half = Math.floor(count / 2);
  for (let number = 0; number < half; number++) requireStored(await producer.ask(items.set(QUEUE, number)));
  for (const client of doomed) client.destroy();
  const rest = await Promise.all(Array.from({ length: Math.max(1, clients - gone) }, () => RawClient.connect(port)));
  const takeAll = rest.map(async (client) => {
    while (items.left > 0) {
      const [reply] = await client.ask(Buffer.from(`get ${QUEUE}/close/open/t=500\r\n`));
      if (reply?.kind === 'item') items.take(reply);
    }
    await client.ask(Buffer.from(`get ${QUEUE}/close\r\n`));
  });
  for (let number = half; number < count; number++) requireStored(await producer.ask(items.set(QUEUE, number)));
  await Promise.all(takeAll);
  for (const client of [producer, ...rest]) client.destroy();
  return [{ what: `all, ${gone} clients gone`, value: performance.now() - startedAt, unit: 'ms' }];
};
