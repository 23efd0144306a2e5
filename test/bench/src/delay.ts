import { Child } from './child.js';

const PROXY = new URL('./delay-proxy.js', import.meta.url).pathname;

/** A proxy before a server, in a process of its own. */
export interface Delay {
  readonly port: number;
  readonly pid: number;
  close(): Promise<void>;
}

/** Everything that the server on `port` answers comes so many milliseconds later through it. */
export async function startDelay(port: number, delayMs: number): Promise<Delay> {
  const child = await Child.start({ name: 'delay', file: PROXY, args: [String(port), String(delayMs)], closedBy: 'signal' });
  return { port: await child.ask<number>('port'), pid: child.pid, close: () => child.close() };
}
