import { connect, createServer } from 'node:net';
import { within } from './wait.js';

const ANSWER_MS = 1_000;

/** A port of 127.0.0.1 that was free a moment ago; another process may still take it first. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

/** Connects, says `hello`, and returns the first thing it is told; `undefined` when nobody answers. */
export async function firstWords(host: string, port: number, hello = ''): Promise<string | undefined> {
  const socket = connect(port, host);
  const answer = new Promise<string>((resolve, reject) => {
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('closed')));
    socket.once('data', (data) => resolve(data.toString()));
  });
  if (hello) socket.write(hello);
  return within(ANSWER_MS, 'the answer', answer)
    .catch(() => undefined)
    .finally(() => socket.destroy());
}
