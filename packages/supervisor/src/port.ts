import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { type Clock, sleep } from '@tiercel/actors';
import { listens } from '@tiercel/host';
import { fail } from '@tiercel/protocol';

const LOOK_MS = 25;

/** How long a server that took a connection may take to greet. */
const GREETING_MS = 1_000;

/** A port of the loopback interface that nobody listens on now: the preferred one when it is such. */
export async function freePort(preferred = 0): Promise<number> {
  const server = createServer().listen(preferred, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch (error) {
    if (preferred === 0) throw error;
    return freePort(); // taken, or not ours to take
  }
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

interface Waiting {
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** Called after every look that found nobody; ends the wait by throwing. */
  readonly check?: () => void;
}

/** Resolves when something listens on a port of this machine. Throws UNREACHABLE after `timeoutMs`. */
export async function portOpens(port: number, { clock, timeoutMs, check }: Waiting): Promise<void> {
  const untilMs = clock.monotonic() + timeoutMs;
  while (!(await listens(port))) {
    check?.();
    if (clock.monotonic() > untilMs) fail('UNREACHABLE', { address: `127.0.0.1:${port}`, timeoutMs });
    await sleep(clock, LOOK_MS);
  }
}

/** Whether the server on a port greets with a text that holds `mark`. */
export function greetsWith(port: number, mark: string, clock: Clock): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const done = (marked: boolean) => {
      undo();
      socket.destroy();
      resolve(marked);
    };
    const undo = clock.after(GREETING_MS, () => done(false));
    socket.once('data', (greeting) => done(greeting.toString().includes(mark)));
    socket.once('error', () => done(false));
  });
}
