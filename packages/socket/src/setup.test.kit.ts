import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { realClock, realRandom, silentLog } from '@tiercel/actors';

export const PORTS = { log: silentLog, clock: realClock, random: realRandom };

/** A place for a socket that goes with its test. */
export function aPlace() {
  const directory = mkdtempSync(join(tmpdir(), 'tiercel-')); // for its user alone
  return { directory, path: join(directory, 'socket'), remove: () => rmSync(directory, { recursive: true, force: true }) };
}

/** Leaves a socket there whose process is gone. */
export async function leaveStale(path: string): Promise<void> {
  const code = `require('node:net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`;
  await once(spawn(process.execPath, ['-e', code, path]), 'exit');
}
