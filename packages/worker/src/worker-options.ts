import type { Clock, Log, Random, Ref } from '@tiercel/actors';
import { type BrokerProtocol, fail, LIMITS } from '@tiercel/protocol';
import type { ChildrenOptions } from './child-pool.js';
import type { HandlerTable } from './handlers.js';
import type { KeeperFactory } from './keeper.js';
import { WORKER_LIMITS } from './worker-limits.js';
import type { WorkerObserver } from './worker-observer.js';

export interface WorkerOptions {
  /** Where jobs are reserved and settled. A keeper in a thread of its own has its own way there. */
  readonly broker: Ref<BrokerProtocol>;
  /** In order of preference; `['*']` = every queue. */
  readonly queues: readonly string[];
  /** Under which it holds leases; no other worker has it. */
  readonly owner: string;
  readonly keeper: KeeperFactory;
  readonly handlers: HandlerTable;
  /** Jobs held at once, running or not yet settled, 1 … `LIMITS.batchItems`; 10 by default. */
  readonly concurrency?: number;
  /**
   * Most jobs taken ahead of those that may begin, 0 … `LIMITS.batchItems`; as many as the concurrency by default. Fewer are taken the
   * longer jobs take, and none that would wait for more than half a second.
   */
  readonly ahead?: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Between asking a handler to stop and the harder end; 5,000 by default. */
  readonly graceMs?: number;
  /** How long `drain` lets jobs finish unless told; 20,000 by default. */
  readonly drainMs?: number;
  /** Where children load the handlers from. Without it there is no process isolation, and a suspect waits until it is alone here. */
  readonly children?: Omit<ChildrenOptions, 'log'>;
  /**
   * What to do when a handler of this process runs on after its time and its grace. `exit`: drain the others and exit with 70, for
   * whoever restarts the process; `abandon` (default): free its slot and go on.
   */
  readonly onStuck?: 'exit' | 'abandon';
  readonly observe?: WorkerObserver;
  /** Ends the process; called with 70 when a handler is stuck or the keeper is gone. */
  readonly exit?: (code: number) => void;
}

type Defaulted = 'concurrency' | 'ahead' | 'graceMs' | 'drainMs';

/** The options with what was left out. Throws BAD_OPTION. */
export function withDefaults(options: WorkerOptions): WorkerOptions & Required<Pick<WorkerOptions, Defaulted>> {
  const { concurrency = WORKER_LIMITS.concurrency, ahead = concurrency } = options;
  const { graceMs = WORKER_LIMITS.graceMs, drainMs = WORKER_LIMITS.drainMs } = options;
  requireCount('concurrency', concurrency, 1);
  requireCount('ahead', ahead, 0);
  if (options.onStuck === 'exit' && !options.exit)
    fail('BAD_OPTION', { option: 'exit', expected: 'a function, since onStuck is exit' });
  return { ...options, concurrency, ahead, graceMs, drainMs };
}

function requireCount(option: string, got: number, least: number): void {
  if (!Number.isInteger(got) || got < least || got > LIMITS.batchItems)
    fail('BAD_OPTION', { option, expected: `${least} to ${LIMITS.batchItems}`, got });
}
