import { connect, type Socket } from 'node:net';
import { inLineMs } from './in-line.js';
import { quantile } from './latency.js';

/**
 * Pings a Redis over a connection of its own, one ping a millisecond at most, and tells its parent how long the answers took. What the
 * server and this process stood in line for a processor meanwhile is told apart from what the server did.
 */

const EVERY_MS = 1;

/** Milliseconds. */
export interface Pings {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  /** The longest without the time in which one of the two had no processor. */
  readonly maxServed: number;
}

const [host = '', port = '', serverPid = ''] = process.argv.slice(2);
const took: number[] = [];
const served: number[] = [];

const socket: Socket = connect(Number(port), host, () => {
  socket.setNoDelay(true);
  ping();
  process.send?.('ready');
});

function ping(): void {
  const [line, begun] = [inLineMs(serverPid), performance.now()];
  socket.once('data', () => {
    const ms = performance.now() - begun;
    took.push(ms);
    served.push(Math.max(0, ms - (inLineMs(serverPid) - line)));
    setTimeout(ping, EVERY_MS);
  });
  socket.write('PING\r\n');
}

process.on('message', () => {
  const sorted = took.splice(0).sort((a, b) => a - b);
  const pings: Pings = {
    count: sorted.length,
    p50: quantile(sorted, 0.5),
    p99: quantile(sorted, 0.99),
    max: sorted.at(-1) ?? 0,
    maxServed: served.splice(0).reduce((most, each) => Math.max(most, each), 0),
  };
  process.send?.(pings);
});
process.on('disconnect', () => process.exit());
