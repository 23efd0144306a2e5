import { LIMITS } from '@tiercel/protocol';
import { describeJobStore, type OpenJobStore } from '@tiercel/store/testing';
import { afterAll, beforeAll } from 'vitest';
import { KESTREL_CAPABILITIES } from './capabilities.js';
import { startServer, type TestServer } from './kestrel.test.kit.js';
import { openKestrelStore } from './open-kestrel-store.js';

let server: TestServer;
let opened = 0;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.end());

/** Queues of its own on the one server, whose items are no larger than a message. */
const open: OpenJobStore = async ({ clock }) => {
  const store = await openKestrelStore({ url: `kestrel://127.0.0.1:${server.port}`, namespace: `t${++opened}`, clock });
  return { store, payloadMostBytes: LIMITS.payloadMostBytes - 1_024, close: () => store.close() };
};

describeJobStore('Kestrel', open, KESTREL_CAPABILITIES);
