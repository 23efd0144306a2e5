import { readdirSync, readFileSync } from 'node:fs';
import { nowMs } from './clock.js';

/** Of /proc/stat and /proc/PID/stat, on every machine that Node runs on. */
const MS_PER_TICK = 10;
/** Fields of /proc/PID/stat after the name in brackets; ticks are user and system time, its own and that of its children that ended. */
const FIELD = { parent: 1, ticks: [11, 12, 13, 14] } as const;
/** Fields of the first line of /proc/stat after its name, in ticks of all cores: user, nice, system, idle, iowait, irq, softirq, steal. */
const MACHINE = { busy: [0, 1, 2, 5, 6], stolen: 7 } as const;

export type Pids = Readonly<Record<string, number | undefined>>;
/** By name of the process; one that cannot be seen is left out. */
export type ByProcess = Readonly<Record<string, number>>;

/** In cores. */
export interface Usage {
  /** By each process: with all its threads and the processes that it started, in user and system mode. */
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

/** Resident memory of each process, in bytes; a server of several processes is left out, since they share much of theirs. */
export function residentBytes(pids: Pids): ByProcess {
  const children = childrenOfAll();
  const single = Object.entries(pids).filter(([, pid]) => pid !== undefined && !children.has(pid));
  const seen = single.map(([name, pid]) => [name, textOf(`/proc/${pid}/status`)] as const);
  const resident = (text: string) => Number(/VmRSS:\s*(\d+) kB/.exec(text)?.[1]) * 1_024;
  return Object.fromEntries(seen.flatMap(([name, text]) => (text === undefined ? [] : [[name, resident(text)] as const])));
}

function machineMs(): { readonly busy: number; readonly stolen: number } {
  const [line = ''] = (textOf('/proc/stat') ?? '').split('\n');
  const ticks = line.split(/ +/).slice(1).map(Number);
  const msOf = (fields: readonly number[]) => fields.reduce((sum, field) => sum + (ticks[field] ?? 0), 0) * MS_PER_TICK;
  return { busy: msOf(MACHINE.busy), stolen: msOf([MACHINE.stolen]) };
}

function cpuMs(pids: Pids): ByProcess {
  const children = childrenOfAll();
  const msOf = (pid: number): number =>
    ticksOf(pid) * MS_PER_TICK + (children.get(pid) ?? []).reduce((sum, child) => sum + msOf(child), 0);
  const there = Object.entries(pids).filter(([, pid]) => pid !== undefined && statOf(pid) !== undefined);
  return Object.fromEntries(there.map(([name, pid]) => [name, msOf(pid as number)]));
}

const ticksOf = (pid: number): number => FIELD.ticks.reduce<number>((sum, field) => sum + Number(statOf(pid)?.[field] ?? 0), 0);

/** The processes that each started and that still live. */
function childrenOfAll(): Map<number, number[]> {
  const children = new Map<number, number[]>();
  for (const pid of processes()) {
    const parent = Number(statOf(pid)?.[FIELD.parent]);
    children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  return children;
}

function processes(): number[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return []; // no /proc
  }
}

function statOf(pid: number): string[] | undefined {
  const text = textOf(`/proc/${pid}/stat`);
  return text?.slice(text.lastIndexOf(')') + 2).split(' ');
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
