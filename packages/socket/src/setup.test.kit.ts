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
