import { describeTransport } from '@tiercel/actors/testing';
import { connectSocket, serveSocket } from './index.js';
import { aPlace, PORTS } from './setup.test.kit.js';

describeTransport('socket, between processes that do not own it', async () => {
  const { path, remove } = aPlace();
  const owner = await serveSocket({ path, ...PORTS });
  return {
    connect: () => connectSocket({ path, ...PORTS }),
    async close() {
      await owner.close();
      remove();
    },
  };
});

describeTransport('socket, with its owner at one end', async () => {
  const { path, remove } = aPlace();
  const owner = await serveSocket({ path, ...PORTS });
  const ends = [owner];
  return { connect: async () => ends.pop() ?? connectSocket({ path, ...PORTS }), close: async () => remove() };
});

describeTransport('socket, with its owner at the other end', async () => {
  const { path, remove } = aPlace();
  const owner = await serveSocket({ path, ...PORTS });
  const ends = [owner, await connectSocket({ path, ...PORTS })];
  return { connect: async () => ends.pop() ?? connectSocket({ path, ...PORTS }), close: async () => remove() };
});
