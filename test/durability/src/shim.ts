import { execFileSync } from 'node:child_process';
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { tool } from '@tiercel/test-support';

const SOURCE = join(import.meta.dirname, '../shim/disk.c');
const COMPILE_MS = 60_000;

export interface ShimOptions {
  /** Whose files are watched: an absolute path without links. */
  readonly dir: string;
  readonly log: string;
  /** The point at which the process ends; 0 for never. */
  readonly cutAt: number;
  /** A disk that says it flushed and did not. */
  readonly lies?: boolean;
}

let compiled: string | undefined;

/** The environment in which a process's disk is watched, see shim/disk.c. Compiles the shim with gcc when it is asked for first. */
export function shimEnv({ dir, log, cutAt, lies = false }: ShimOptions): Record<string, string> {
  compiled ??= compile();
  return {
    LD_PRELOAD: compiled,
    TIERCEL_DISK_DIR: dir,
    TIERCEL_DISK_LOG: log,
    TIERCEL_DISK_CUT: String(cutAt),
    ...(lies && { TIERCEL_DISK_LIES: '1' }),
  };
}

function compile(): string {
  if (process.platform !== 'linux') throw new Error('power cuts are simulated on Linux only');
  const library = join(import.meta.dirname, 'disk.so');
  const mine = `${library}.${process.pid}`;
  const gcc = tool('gcc', ['gcc', 'libc6-dev']);
  execFileSync(gcc, ['-shared', '-fPIC', '-O2', '-Wall', '-Werror', '-o', mine, SOURCE, '-lpthread'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    timeout: COMPILE_MS,
  });
  renameSync(mine, library);
  return library;
}
