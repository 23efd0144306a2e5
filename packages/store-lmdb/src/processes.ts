import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { kill, pid } from 'node:process';
import type { Process, Processes } from './owner.js';

/** The processes of this machine, as far as it tells. Outside Linux only whether the number is in use is known. */
export async function processesHere(): Promise<Processes> {
  const bootId = (await textOf('/proc/sys/kernel/random/boot_id')).trim();
  return { self: { pid, startedAt: await startOf(pid), bootId, host: hostname() }, isAlive };
}

async function isAlive({ pid, startedAt }: Process): Promise<boolean> {
  if (!isInUse(pid)) return false;
  const now = await startOf(pid);
  return now === startedAt || now === '' || startedAt === '';
}

function isInUse(pid: number): boolean {
  try {
    return kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Field 22 of a process's `stat`: its start in clock ticks since the machine's. The name before it may hold anything. */
async function startOf(pid: number): Promise<string> {
  const stat = await textOf(`/proc/${pid}/stat`);
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

const textOf = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '');
