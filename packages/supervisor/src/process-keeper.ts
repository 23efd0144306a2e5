import type { Actor, Clock } from '@tiercel/actors';
import { type Child, describeEnd, type ProcessEnd, ProcessError, type Program, type Spawn } from './program.js';

interface Keeping {
  again(body: undefined): void;
  ended(end: ProcessEnd): void;
}

export interface KeeperOptions {
  readonly program: Program;
  /** `consumer-1`: which of its kind. */
  readonly slot: string;
  readonly spawn: Spawn;
  /** How long a process may take to drain before it is killed. */
  readonly drainMs: number;
  /** Told of every process that is ready. */
  readonly onReady: () => void;
  /** Told of every process that ended without being asked to. */
  readonly onEnd: (instance: string, reason: string) => void;
  /** Told instead of starting again a process that was refused at its start, which another start would not change. */
  readonly onHopeless: (error: ProcessError) => void;
}

/**
 * Keeps one process: to start it is to spawn, to stop it is to drain; when the process ends by itself so does this life of the actor,
 * and its supervisor begins another; one that is forgiven and had been ready is started again in the same life. The instance's name is
 * new at every start, so that nobody takes an earlier one's leases for its own.
 */
export function processKeeper({ program, slot, spawn, drainMs, onReady, onEnd, onHopeless }: KeeperOptions): Actor<Keeping> {
  return (ctx) => {
    let endedAtMs: number[] = [];
    let running: Child | undefined;
    let facts = {};
    let instance = '';
    const start = () => {
      instance = `${slot}-${Buffer.from(ctx.random.bytes(4)).toString('hex')}`;
      const { command, args, env } = program;
      const child = spawn({ command, args, env: { ...env, TIERCEL_INSTANCE: instance } });
      running = child;
      facts = { process: slot, instance, childPid: child.pid };
      ctx.log.info(facts, 'process started');
      void child.readied.then(onReady);
      void child.ended.then((end) => {
        running = undefined;
        ctx.result('ended', end);
      });
    };
    const delay = () => {
      const nowMs = ctx.clock.monotonic();
      endedAtMs = endedAtMs.filter((atMs) => nowMs - atMs < AGAIN.withinMs);
      const before = endedAtMs.push(nowMs) - 1;
      // half of it is certain: a process that ends at once must not take the machine
      return Math.min(AGAIN.maxMs, AGAIN.baseMs * 2 ** before) * (0.5 + ctx.random.next() / 2);
    };
    ctx.onStop(() => (running ? drain(running, ctx.clock, drainMs) : undefined));
    start();

    return {
      again: start,
      ended(end) {
        const reason = describeEnd(end);
        onEnd(instance, reason);
        const error = new ProcessError(slot, end);
        if (program.decides && end.code !== 0) throw error;
        if (isHopeless(end)) onHopeless(error);
        ctx.log[program.decides ? 'info' : 'warn']({ ...facts, reason }, 'process ended');
        if (program.forgiven && !program.decides && end.ready) ctx.after(delay(), 'again', undefined);
        else ctx.stop();
      },
    };
  };
}

/** How long a forgiven process stays away: up to `baseMs` the first time, and twice as long for each other end `withinMs`. */
const AGAIN = { baseMs: 100, maxMs: 5_000, withinMs: 60_000 };

/** Refused before it was ready: its configuration is wrong (2), or what it needs turned it away (4). */
const isHopeless = ({ code, ready }: ProcessEnd): boolean => !ready && (code === 2 || code === 4);

/** Asks a process to end, and kills its group when it has not after `drainMs`. */
async function drain(child: Child, clock: Clock, drainMs: number): Promise<void> {
  const undo = clock.after(drainMs, () => child.kill());
  child.terminate();
  await child.ended;
  undo();
}
