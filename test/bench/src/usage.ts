import { readFileSync } from 'node:fs';
import { nowMs } from './clock.js';

/** Of /proc/stat and /proc/PID/stat, on every machine that Node runs on. */
const MS_PER_TICK = 10;
/** Fields of /proc/PID/stat after the name in brackets. */
const FIELD = { userTicks: 11, systemTicks: 12 } as const;
/** Fields of the first line of /proc/stat after its name, in ticks of all cores: user, nice, system, idle, iowait, irq, softirq, steal. */
const MACHINE = { busy: [0, 1, 2, 5, 6], stolen: 7 } as const;

export type Pids = Readonly<Record<string, number | undefined>>;
/** By name of the process; one that cannot be seen is left out. */
export type ByProcess = Readonly<Record<string, number>>;

/** In cores. */
export interface Usage {
  /** By each process: with all its threads, in user and system mode. */
  readonly cpu: ByProcess;
  /** What disturbed: by all that is none of them, and what the machine's host gave to other machines. */
  readonly beside: { readonly others: number; readonly stolen: number };
  /** When, on the clock that all processes of the machine share. */
  readonly window: { readonly fromMs: number; readonly toMs: number };
}

/** What `act` gave, and how much of the machine was used meanwhile and by whom. */
export async function withUsage<T>(pids: () => Pids, act: () => Promise<T>): Promise<Usage & { readonly result: T }> {
  const [fromMs, before, machineBefore] = [nowMs(), cpuMs(pids()), machineMs()];
  const result = await act();
  const [toMs, after, machineAfter] = [nowMs(), cpuMs(pids()), machineMs()];
  const tookMs = toMs - fromMs;
  const cpu = mapValues(after, (ms, name) => (ms - (before[name] ?? 0)) / tookMs);
  const [busy, stolen] = [machineAfter.busy - machineBefore.busy, machineAfter.stolen - machineBefore.stolen];
  const ours = Object.values(cpu).reduce((sum, share) => sum + share, 0);
  const beside = { others: Math.max(0, busy / tookMs - ours), stolen: stolen / tookMs };
  return { result, cpu, beside, window: { fromMs, toMs } };
}

/** Resident memory of each process, in bytes. */
export const residentBytes = (pids: Pids): ByProcess =>
  read(pids, 'status', (text) => Number(/VmRSS:\s*(\d+) kB/.exec(text)?.[1]) * 1_024);

function machineMs(): { readonly busy: number; readonly stolen: number } {
  const [line = ''] = (textOf('/proc/stat') ?? '').split('\n');
  const ticks = line.split(/ +/).slice(1).map(Number);
  const msOf = (fields: readonly number[]) => fields.reduce((sum, field) => sum + (ticks[field] ?? 0), 0) * MS_PER_TICK;
  return { busy: msOf(MACHINE.busy), stolen: msOf([MACHINE.stolen]) };
}

const cpuMs = (pids: Pids): ByProcess =>
  read(pids, 'stat', (text) => {
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[FIELD.userTicks]) + Number(fields[FIELD.systemTicks])) * MS_PER_TICK;
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
