import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { kill, pid } from 'node:process';
import type { Process, Processes } from './owner.js';

/** The processes of this machine, as far as it tells. Outside Linux only whether the number is in use is known. */
export async function processesHere(): Promise<Processes> {
  const bootId = (await textOf('/proc/sys/kernel/random/boot_id')).trim();
  return { self: { pid, startedAt: (await statOf(pid)).startedAt, bootId, host: hostname() }, isAlive };
}

async function isAlive({ pid, startedAt }: Process): Promise<boolean> {
  if (!isInUse(pid)) return false;
  const now = await statOf(pid);
  if (now.state === 'Z' || now.state === 'X') return false; // it has ended, and only waits for its parent to take note, maybe for ever
  return now.startedAt === startedAt || now.startedAt === '' || startedAt === '';
}

function isInUse(pid: number): boolean {
  try {
    return kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Fields 3 and 22 of a process's `stat`: its state, and its start in clock ticks since the machine's. The name before them may hold anything. */
async function statOf(pid: number): Promise<{ readonly state: string; readonly startedAt: string }> {
  const stat = await textOf(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', startedAt: fields[19] ?? '' };
}

const textOf = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '');
