import { connect, type Socket } from 'node:net';
import { inLineMs, workedMs } from './in-line.js';
import { quantile } from './latency.js';

/**
 * Pings a Redis over a connection of its own, one ping a millisecond at most, and tells its parent how long the answers took. What a
 * machine with more to do made them wait is told apart from what the server made them wait: it was at work, and not for this client.
 */

const EVERY_MS = 1;

/** Milliseconds. */
export interface Pings {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  /** The longest that the server was at work, without the time in which one of the two had no processor. */
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
  const [line, worked, begun] = [inLineMs(serverPid), workedMs(serverPid), performance.now()];
  socket.once('data', () => {
    const ms = performance.now() - begun;
    took.push(ms);
    served.push(Math.max(0, Math.min(ms - (inLineMs(serverPid) - line), workedMs(serverPid) - worked)));
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
