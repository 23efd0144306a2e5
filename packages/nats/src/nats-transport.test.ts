import { realClock, realRandom, silentLog } from '@tiercel/actors';
import { describeTransport } from '@tiercel/actors/testing';
import { startNats } from '@tiercel/test-support';
import { afterAll } from 'vitest';
import { connectNats } from './connect-nats.js';

const server = await startNats();
afterAll(() => server.stop());

describeTransport('nats', async () => ({
  connect: () => connectNats({ url: server.url, name: 'test', log: silentLog, clock: realClock, random: realRandom }),
  close: async () => {},
}));
