import { readFileSync } from 'node:fs';
import { nowMs } from './clock.js';

/** Of /proc/PID/stat: what Linux counts in, on every machine that Node runs on. */
const TICKS_PER_SEC = 100;
/** Fields of /proc/PID/stat after the name in brackets. */
const FIELD = { userTicks: 11, systemTicks: 12 } as const;

export type Pids = Readonly<Record<string, number | undefined>>;
/** By name of the process; one that cannot be seen is left out. */
export type ByProcess = Readonly<Record<string, number>>;

/** What `act` gave, and how much of one core each process used meanwhile: with all its threads, in user and system mode. */
export async function withCpu<T>(pids: () => Pids, act: () => Promise<T>): Promise<{ result: T; cpu: ByProcess }> {
  const [fromMs, before] = [nowMs(), cpuMs(pids())];
  const result = await act();
  const [tookMs, after] = [nowMs() - fromMs, cpuMs(pids())];
  return { result, cpu: mapValues(after, (ms, name) => (ms - (before[name] ?? 0)) / tookMs) };
}

/** Resident memory of each process, in bytes. */
export const residentBytes = (pids: Pids): ByProcess =>
  read(pids, 'status', (text) => Number(/VmRSS:\s*(\d+) kB/.exec(text)?.[1]) * 1_024);

const cpuMs = (pids: Pids): ByProcess =>
  read(pids, 'stat', (text) => {
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return ((Number(fields[FIELD.userTicks]) + Number(fields[FIELD.systemTicks])) * 1_000) / TICKS_PER_SEC;
  });

function read(pids: Pids, file: string, parse: (text: string) => number): ByProcess {
  const seen = Object.entries(pids).flatMap(([name, pid]) => {
    const text = textOf(`/proc/${pid}/${file}`);
    return text === undefined ? [] : [[name, parse(text)] as const];
  });
  return Object.fromEntries(seen);
}

/** `undefined` where there is no such process, or no /proc. */
function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

const mapValues = (all: ByProcess, act: (value: number, name: string) => number): ByProcess =>
  Object.fromEntries(Object.entries(all).map(([name, value]) => [name, act(value, name)]));
