/** A `.cpuprofile`, as V8 writes it: a tree of calls, and which of its nodes was running when it looked. */
export interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  /** In microseconds, on the monotonic clock that all processes of a machine share. */
  readonly startTime: number;
  readonly endTime: number;
  /** Id of the node that ran, at each look. */
  readonly samples: readonly number[];
  /** Microseconds before each look since the one before, or since `startTime`. */
  readonly timeDeltas: readonly number[];
}

export interface ProfileNode {
  readonly id: number;
  readonly callFrame: CallFrame;
  readonly children?: readonly number[];
}

export interface CallFrame {
  readonly functionName: string;
  /** Of the file; empty for what is native. */
  readonly url: string;
  /** From 0. */
  readonly lineNumber: number;
}

/** A stretch of the monotonic clock, in milliseconds. */
export interface Window {
  readonly fromMs: number;
  readonly toMs: number;
}

/** What V8 calls the time in which no function of ours ran. */
export const IDLE = '(idle)';
export const COLLECTOR = '(garbage collector)';
/** Native code that no function of JavaScript called: sockets, mostly. */
export const PROGRAM = '(program)';

/** What was seen within the window alone. */
export function within(profile: CpuProfile, { fromMs, toMs }: Window): CpuProfile {
  const [fromUs, toUs] = [fromMs * 1_000, toMs * 1_000];
  const looks = looksOf(profile).filter(({ atUs }) => atUs >= fromUs && atUs < toUs);
  const startTime = looks[0]?.atUs ?? fromUs;
  return {
    nodes: profile.nodes.map(({ id, callFrame, children = [] }) => ({ id, callFrame, children })),
    startTime,
    endTime: Math.min(profile.endTime, toUs),
    samples: looks.map(({ node }) => node),
    timeDeltas: looks.map(({ atUs }, at) => atUs - (looks[at - 1]?.atUs ?? startTime)),
  };
}

/** Microseconds that each node itself ran, by its id: from when it was seen to the next look. */
export function selfTimes(profile: CpuProfile): Map<number, number> {
  const times = new Map<number, number>();
  const looks = looksOf(profile);
  looks.forEach(({ node, atUs }, at) => {
    const untilUs = looks[at + 1]?.atUs ?? profile.endTime;
    times.set(node, (times.get(node) ?? 0) + Math.max(0, untilUs - atUs));
  });
  return times;
}

/** Microseconds in which the thread was not idle. */
export function busyTime(profile: CpuProfile): number {
  const idle = new Set(profile.nodes.filter(({ callFrame }) => callFrame.functionName === IDLE).map(({ id }) => id));
  return [...selfTimes(profile)].reduce((sum, [node, us]) => (idle.has(node) ? sum : sum + us), 0);
}

interface Look {
  readonly node: number;
  readonly atUs: number;
}

/** In order of time: V8 now and then writes two looks the wrong way round. */
function looksOf({ startTime, samples, timeDeltas }: CpuProfile): Look[] {
  let atUs = startTime;
  const looks = samples.map((node, at) => {
    atUs += timeDeltas[at] ?? 0;
    return { node, atUs };
  });
  return looks.sort((a, b) => a.atUs - b.atUs);
}
