import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { nowMs } from './clock.js';
import { type Delay, startDelay } from './delay.js';
import { median } from './statistics.js';

const DELAY_MS = 1;
/** What the way through two more sockets and a busy machine may cost. */
const SLACK_MS = 20;

/** A server that gives back what it is told, behind the proxy. */
async function setup(): Promise<Delay> {
  const server = createServer((socket) => void socket.pipe(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const delay = await startDelay((server.address() as AddressInfo).port, DELAY_MS);
  onTestFinished(async () => {
    await delay.close();
    server.close();
  });
  return delay;
}

test('a round trip takes what is added to it longer, and not much more', async () => {
  const { port } = await setup();
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');

  const took: number[] = [];
  for (let trip = 0; trip < 50; trip++) {
    const fromMs = nowMs();
    socket.write('x');
    await once(socket, 'data');
    took.push(nowMs() - fromMs);
  }
  socket.destroy();

  expect(Math.min(...took)).toBeGreaterThanOrEqual(DELAY_MS);
  expect(median(took)).toBeLessThan(DELAY_MS + SLACK_MS);
});

test('what is under way is bounded by nothing, and comes whole and in order', async () => {
  const { port } = await setup();
  const socket = connect({ port, host: '127.0.0.1' });
  const sent = Buffer.from(Array.from({ length: 200_000 }, (_, at) => `${at};`).join(''));

  const parts: Buffer[] = [];
  let bytes = 0;
  socket.write(sent);
  for await (const part of socket) {
    parts.push(part);
    bytes += part.length;
    if (bytes >= sent.length) break;
  }

  expect(Buffer.concat(parts).equals(sent)).toBe(true);
});
