import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { realClock } from '@tiercel/actors';
import { expect, onTestFinished, test } from 'vitest';
import { freePort, greetsWith } from './port.js';

/** The port of a server that says `greeting` to whoever comes. */
async function aPort(greeting = ''): Promise<number> {
  const server = createServer((socket: Socket) => void socket.write(greeting)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

test('a port that is taken is not preferred', async () => {
  const port = await aPort();

  expect(await freePort(port)).not.toBe(port);
});

test('a server is known by its greeting; one that says nothing, or something else, is a stranger', async () => {
  const [port, silent] = [await aPort('INFO {"server_name":"run-7"}'), await aPort()];

  expect(await greetsWith(port, 'run-7', realClock)).toBe(true);
  expect(await greetsWith(port, 'run-8', realClock)).toBe(false);
  expect(await greetsWith(silent, 'run-7', realClock)).toBe(false);
});
