import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { type Clock, sleep } from '@tiercel/actors';
import { fail } from '@tiercel/protocol';

const LOOK_MS = 25;

/** A port of the loopback interface that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Resolves when something listens on a port of this machine. Throws UNREACHABLE after `timeoutMs`. */
export async function portOpens(port: number, { clock, timeoutMs }: { clock: Clock; timeoutMs: number }): Promise<void> {
  const untilMs = clock.monotonic() + timeoutMs;
  while (!(await listens(port))) {
    if (clock.monotonic() > untilMs) fail('UNREACHABLE', { address: `127.0.0.1:${port}`, timeoutMs });
    await sleep(clock, LOOK_MS);
  }
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const done = (open: boolean) => {
      socket.destroy();
      resolve(open);
    };
    socket.once('connect', () => done(true));
    socket.once('error', () => done(false));
  });
}
