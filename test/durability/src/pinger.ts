import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Server } from '@tiercel/test-support';
import type { Pings } from './pinger-process.js';

/** How long another client of a Redis waits, measured by a process that does nothing else. The server is one of this machine. */
export interface Pinger {
  /** Since the last call. */
  lap(): Promise<Pings>;
  stop(): Promise<void>;
}

export async function startPinger({ url, pid }: Server): Promise<Pinger> {
  const { hostname, port } = new URL(url);
  const child = fork(join(import.meta.dirname, 'pinger-process.js'), [hostname, port, String(pid)]);
  await once(child, 'message');
  return {
    async lap() {
      const answer = once(child, 'message');
      child.send('lap');
      return (await answer)[0] as Pings;
    },
    async stop() {
      const gone = once(child, 'exit');
      child.kill();
      await gone;
    },
  };
}
