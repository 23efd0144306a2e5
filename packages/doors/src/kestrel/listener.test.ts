import { once } from 'node:events';
import { connect } from 'node:net';
import { VirtualClock } from '@tiercel/actors/testing';
import { expect, onTestFinished, test } from 'vitest';
import { BOUNDS } from './bounds.js';
import { Listener } from './listener.js';

const FULL = 'SERVER_ERROR\r\n';

async function listen() {
  const clock = new VirtualClock();
  const listener = new Listener({
    ...{ flag: '--kestrel', most: 1, full: Buffer.from(FULL), clock },
    serve: (socket) => void socket.resume().on('end', () => socket.end()),
  });
  await listener.listen({ host: '127.0.0.1', port: 0 });
  onTestFinished(() => listener.hangUp());
  const dial = async () => {
    const socket = connect({ port: listener.port, host: '127.0.0.1', allowHalfOpen: true });
    socket.on('error', () => {}); // hung up on
    await once(socket, 'connect');
    return socket;
  };
  const first = await dial();
  return { clock, listener, dial, first };
}

test('one client too many is told so, and let go when it goes, also when it had said something', async () => {
  const { listener, dial, first } = await listen();
  const refused = await dial();
  refused.write('get work\r\n');

  const [reply] = await once(refused, 'data');
  refused.end();
  first.destroy();
  await listener.close();

  expect(String(reply)).toBe(FULL);
});

test('one client too many that stays is hung up on', async () => {
  const { clock, listener, dial, first } = await listen();
  const refused = await dial();
  refused.write('get work\r\n');
  await once(refused, 'data');

  const closed = listener.close();
  first.destroy();
  await clock.advance(BOUNDS.hangUpMs);

  await closed;
});

test('clients that were refused do not keep a port from closing', async () => {
  const { listener, dial } = await listen();
  const refused = await dial();
  refused.write('get work\r\n');
  await once(refused, 'data');

  const closed = listener.close();
  listener.hangUp();

  await closed;
});
