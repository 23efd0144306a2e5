import { readFileSync } from 'node:fs';
import { RawClient } from './client.js';
import type { Bench } from './knobs.js';

const AT_ONCE = 200;

/** Connections that have said something once and are quiet now; what the door's process keeps in memory. */
export const idle: Bench = async (port, { clients }, pid) => {
  const before = residentMb(pid);
  const crowd: RawClient[] = [];
  while (crowd.length < clients) {
    const more = Array.from({ length: Math.min(AT_ONCE, clients - crowd.length) }, async () => {
      const client = await RawClient.connect(port);
      const [reply] = await client.ask(Buffer.from('version\r\n'));
      if (reply?.kind !== 'line') throw new Error(`expected a version, got ${reply?.kind}`);
      return client;
    });
    crowd.push(...(await Promise.all(more)));
  }
  const after = residentMb(pid);
  for (const client of crowd) client.destroy();
  return [
    { what: 'without connections', value: before, unit: 'MB' },
    { what: `with ${clients}`, value: after, unit: 'MB' },
  ];
};

/** As the kernel tells it. */
function residentMb(pid: number): number {
  const [, kb] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kb) / 1_024;
}
