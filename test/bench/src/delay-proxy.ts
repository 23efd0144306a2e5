import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { answer } from './answer.js';
import { nowMs } from './clock.js';

// node delay-proxy.js PORT DELAY_MS — passes on what clients say at once and what the server answers DELAY_MS later.

const [port, delayMs] = process.argv.slice(2).map(Number) as [number, number];

/** What is on its way back, the oldest first: all of it takes equally long. */
const underWay: { readonly dueMs: number; readonly to: Socket; readonly chunk: Buffer }[] = [];

/**
 * Sleeps so many milliseconds for every message, and answers. The timers of Node count whole milliseconds, and would make two of one;
 * the sleep of a thread is some 0.06 ms late.
 */
const sleeper = new Worker(
  `const { parentPort } = require('node:worker_threads');
   const never = new Int32Array(new SharedArrayBuffer(4));
   parentPort.on('message', (ms) => { Atomics.wait(never, 0, 0, ms); parentPort.postMessage(0); });`,
  { eval: true },
);
let sleeps = false;

sleeper.on('message', () => {
  sleeps = false;
  passOnDue();
});

function passOnDue(): void {
  let due = 0;
  for (const now = nowMs(); due < underWay.length && (underWay[due]?.dueMs ?? now) <= now; due++) {
    const { to, chunk } = underWay[due] as (typeof underWay)[number];
    if (to.writable) to.write(chunk);
  }
  underWay.splice(0, due);
  const [next] = underWay;
  if (next === undefined || sleeps) return;
  sleeps = true;
  sleeper.postMessage(Math.max(0, next.dueMs - nowMs()));
}

const server = createServer({ noDelay: true }, (client) => {
  const storage = connect({ port, host: '127.0.0.1', noDelay: true });
  client.on('data', (chunk) => storage.write(chunk));
  storage.on('data', (chunk) => {
    underWay.push({ dueMs: nowMs() + delayMs, to: client, chunk });
    passOnDue();
  });
  for (const [from, to] of [
    [client, storage],
    [storage, client],
  ] as const) {
    from.on('error', () => to.destroy());
    from.on('close', () => to.destroy());
  }
});

server.listen(0, '127.0.0.1');
await once(server, 'listening');
for (const signal of ['SIGINT', 'SIGHUP']) process.on(signal, () => {}); // the harness ends it
process.on('SIGTERM', () => process.exit(0));
answer({ port: () => (server.address() as AddressInfo).port });
process.send?.({ ready: true });
