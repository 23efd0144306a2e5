import { table } from '../table.js';
import { type CallFrame, COLLECTOR, type CpuProfile, IDLE, PROGRAM, selfTimes } from './cpu-profile.js';
import { nameOf, ownerOf, placeOf } from './where.js';

const TOP = 25;

/** One line of the summary. */
interface Share {
  readonly name: string;
  readonly place: string;
  /** Of the time in which the thread was not idle, 0 … 100. */
  readonly percent: number;
  /** CPU time for each job, in microseconds. */
  readonly usPerJob: number;
}

/** What one thread did. */
export interface Summary {
  /** Share of the window in which it had nothing to do, 0 … 100. */
  readonly idlePercent: number;
  /** CPU time for each job, in microseconds. */
  readonly usPerJob: number;
  /** What belongs to no function: the garbage collector, and native code under none. */
  readonly apart: readonly Share[];
  /** The functions that ran longest themselves, native ones as well. */
  readonly functions: readonly Share[];
  /** All functions, by whose they are. */
  readonly owners: readonly Share[];
}

/** What the time of a profile is divided by. */
export interface Basis {
  /** Performed meanwhile. */
  readonly jobs: number;
  /**
   * 0 … 1: how much of the time in which it was busy the thread had a core. V8 tells time by the clock, and a busy machine lets
   * threads wait.
   */
  readonly onCore: number;
}

export function summaryOf(profile: CpuProfile, { jobs, onCore }: Basis): Summary {
  const times = selfTimes(profile);
  const spans = profile.nodes.map(({ id, callFrame }) => ({ frame: callFrame, us: times.get(id) ?? 0 }));
  const allUs = sumOf(spans);
  const busy = spans.filter(({ frame }) => frame.functionName !== IDLE);
  const busyUs = sumOf(busy);
  const usPerJob = (us: number): number => (us * onCore) / jobs;
  const shares = (some: readonly Span[], name: (frame: CallFrame) => string, place: (frame: CallFrame) => string): Share[] =>
    grouped(some, (frame) => `${name(frame)}\n${place(frame)}`).map(({ frame, us }) => ({
      name: name(frame),
      place: place(frame),
      percent: percentOf(us, busyUs),
      usPerJob: usPerJob(us),
    }));
  const functions = busy.filter(({ frame }) => !isApart(frame));
  return {
    idlePercent: percentOf(allUs - busyUs, allUs),
    usPerJob: usPerJob(busyUs),
    apart: shares(
      busy.filter(({ frame }) => isApart(frame)),
      nameOf,
      () => '',
    ),
    functions: shares(functions, nameOf, placeOf).slice(0, TOP),
    owners: shares(functions, ownerOf, () => ''),
  };
}

/** As text for people. */
export function tellSummary({ idlePercent, usPerJob, apart, functions, owners }: Summary): string {
  const total = [`all, while idle ${idlePercent.toFixed(1)} % of the time`, '100.0 %', `${usPerJob.toFixed(2)} µs a job`];
  const part = (title: string, shares: readonly Share[]) => [[''], [title], ...shares.map(row)];
  const longest = part(`the ${functions.length} functions that ran longest themselves:`, functions);
  return table([total, ...apart.map(row), ...part('by whose code it is:', owners), ...longest]);
}

const row = ({ name, place, percent, usPerJob }: Share): string[] => [
  `  ${name}${place && `  ${place}`}`,
  `${percent.toFixed(1)} %`,
  `${usPerJob.toFixed(2)} µs a job`,
];

interface Span {
  readonly frame: CallFrame;
  readonly us: number;
}

/** Longest first; without those that never ran. */
function grouped(spans: readonly Span[], keyOf: (frame: CallFrame) => string): Span[] {
  const groups = new Map<string, Span>();
  for (const { frame, us } of spans) {
    const key = keyOf(frame);
    groups.set(key, { frame, us: us + (groups.get(key)?.us ?? 0) });
  }
  return [...groups.values()].filter(({ us }) => us > 0).sort((a, b) => b.us - a.us);
}

const isApart = ({ functionName, url }: CallFrame): boolean => url === '' && [COLLECTOR, PROGRAM, '(root)'].includes(functionName);
const sumOf = (spans: readonly Span[]): number => spans.reduce((sum, { us }) => sum + us, 0);
const percentOf = (part: number, all: number): number => (all === 0 ? 0 : (part / all) * 100);
