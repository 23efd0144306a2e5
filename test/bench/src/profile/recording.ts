import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CpuProfile } from './cpu-profile.js';

/** Microseconds between two looks of V8. */
const INTERVAL_US = 500;
/** `CPU.<date>.<time>.<pid>.<thread>.<sequence>.cpuprofile`, as Node names them. */
const NAME = /^CPU\.\d+\.\d+\.\d+\.(?<thread>\d+)\.\d+\.cpuprofile$/;

export interface Recorded {
  readonly role: string;
  /** Of the process; 0 is its main thread. */
  readonly thread: number;
  readonly profile: CpuProfile;
}

/** Has the node of a role record itself and its threads from start to end, into a folder of the role's own. */
export const recordingFlags = (dir: string, role: string): readonly string[] => [
  '--cpu-prof',
  `--cpu-prof-dir=${join(dir, role)}`,
  `--cpu-prof-interval=${INTERVAL_US}`,
  `--import=${new URL('./threads.js', import.meta.url).href}`,
];

/** What the roles wrote at their ends: processes and threads in order. Throws when one wrote nothing. */
export function readRecordings(dir: string, roles: readonly string[]): Recorded[] {
  return roles.flatMap((role) => {
    const found = readdirSync(join(dir, role)).flatMap((file) => {
      const thread = NAME.exec(file)?.groups?.thread;
      return thread === undefined ? [] : [{ file, thread: Number(thread) }];
    });
    return found
      .sort((a, b) => a.thread - b.thread)
      .map(({ file, thread }) => ({
        role,
        thread,
        profile: JSON.parse(readFileSync(join(dir, role, file), 'utf8')) as CpuProfile,
      }));
  });
}
