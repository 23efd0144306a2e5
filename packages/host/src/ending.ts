import type { Clock, Log } from '@tiercel/actors';
import { exitCodeOf } from './exit-code.js';
import type { Machine } from './machine.js';
import type { Undos } from './undos.js';

/** How a service comes to its end. */
export interface Ending {
  /** Whether it has begun. */
  under(): boolean;
  end(exitCode: number): void;
  fail(error: unknown): void;
}

/** What a process may take after its jobs had `drainMs`: to hand back what is left and to close connections. */
const CLOSING_MS = 10_000;

/** npm hands on a Ctrl-C that the terminal has sent to its whole group already; that is one signal and not two. */
const SAME_SIGNAL_MS = 500;

/** The longest a process takes to end in order; whoever asked it to kills it after that. */
export const longestEndMs = (drainMs: number): number => drainMs + CLOSING_MS;

interface EndingOptions {
  readonly machine: Machine;
  readonly clock: Clock;
  readonly log: Log;
  readonly undos: Undos;
  readonly drainMs: number;
}

/** Hooks signals, uncaught errors and a stdout that nobody reads up: the first signal drains, the second exits at once. */
export function endingOf({ machine, clock, log, undos, drainMs }: EndingOptions): Ending {
  let under = false;
  let begunMs = 0;

  function end(exitCode: number): void {
    if (under) return;
    under = true;
    begunMs = clock.monotonic();
    log.info({ drainMs }, 'service draining');
    const tooLate = clock.after(longestEndMs(drainMs), () => {
      log.warn({ drainMs }, 'drain cut short');
      machine.exit(exitCode || 1);
    });
    void undos
      .run((err) => log.error({ err }, 'undo failed'))
      .then(() => {
        tooLate();
        log.info({}, 'service stopped');
        machine.exit(exitCode);
      });
  }

  function signalled(): void {
    if (!under) end(0);
    else if (clock.monotonic() - begunMs >= SAME_SIGNAL_MS) machine.exit(1);
  }

  function fail(err: unknown): void {
    log.error({ err }, 'service failed');
    end(exitCodeOf(err));
  }

  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) machine.on(signal, signalled);
  // a log has readers that come and go; what is printed on stdout has one, who has seen enough
  machine.onUnread((error) => {
    if (error.code === 'EPIPE') end(0);
    else if (!under) fail(error);
  });
  machine.onUncaught((err) => {
    log.error({ err }, 'uncaught error');
    machine.exit(1);
  });
  return { under: () => under, end, fail };
}
