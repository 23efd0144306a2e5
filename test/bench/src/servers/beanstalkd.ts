import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { firstWords, tool } from '@tiercel/test-support';
import type { BenchServer } from './bench-server.js';
import { startDaemon } from './daemon.js';

const SYNC_MS = 1_000;

/** With a log on disk that is synced every second, as Redis's. */
export async function beanstalkd(): Promise<BenchServer> {
  const file = tool('beanstalkd');
  const daemon = await startDaemon({
    name: 'beanstalkd',
    command: (dir, port) => ({ file, args: ['-l', '127.0.0.1', '-p', String(port), '-b', dir, '-f', String(SYNC_MS)] }),
    probe: (port) => firstWords('127.0.0.1', port, 'stats\r\n'),
  });
  const { port, pid, close } = daemon;
  return {
    ...{ port, pid, close },
    version: execFileSync(file, ['-v'], { encoding: 'utf8' }).trim().split(' ').at(-1) ?? '',
    config: { binlog: 'yes', 'fsync every': `${SYNC_MS} ms` },
    jobBytes: async () => Number(/VmRSS:\s*(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1_024,
  };
}
