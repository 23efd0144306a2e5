import { Worker } from 'node:worker_threads';
import type { Clock, Log, Undo } from '@tiercel/actors';
import { type Facts, isErrorCode, TiercelError } from '@tiercel/protocol';
import type { HeldBatch } from './held-batch.js';
import type { Keeper, KeeperFactory, KeeperHooks } from './keeper.js';
import type { Connector, FromKeeper, KeeperThreadData, ToKeeper } from './keeper-message.js';
import { KeeperRing } from './keeper-ring.js';
import { within } from './within.js';
import { WORKER_LIMITS } from './worker-limits.js';

export interface ThreadKeeperOptions {
  readonly connector: Connector;
  /** As `brokerPath(namespace, tenant)` makes it. */
  readonly brokerPath: string;
  readonly clock: Clock;
  readonly log: Log;
  /** As the worker's; 5,000 by default. */
  readonly graceMs?: number;
  /** Kills this process when it has another parent than this: a blocked main loop could not notice that its supervisor died. */
  readonly parentPid?: number;
}

/**
 * A keeper in a thread of its own, which user code cannot block. It also ends this process (SIGKILL) when a job's time and grace are
 * over and the main loop does not answer. The thread's death is a `fault`.
 */
export const threadKeeper =
  (options: ThreadKeeperOptions): KeeperFactory =>
  (hooks) =>
    new ThreadKeeper(options, hooks);

class ThreadKeeper implements Keeper {
  readonly ready: Promise<void>;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #hooks: KeeperHooks;
  readonly #thread: Worker;
  /** Its connection is closed, or it has ended anyhow. */
  readonly #stopped: Promise<void>;
  readonly #ring = new KeeperRing();
  #ended: number[] = [];
  #undoTelling: Undo | undefined;
  #stopping = false;
  #settleStopped: (() => void) | undefined;
  #settleReady: { resolve(): void; reject(error: unknown): void } | undefined;

  constructor(options: ThreadKeeperOptions, hooks: KeeperHooks) {
    const { connector, brokerPath, clock, log, graceMs = WORKER_LIMITS.graceMs, parentPid = 0 } = options;
    const workerData: KeeperThreadData = { connector, brokerPath, graceMs, parentPid, ring: this.#ring.memory };
    this.#clock = clock;
    this.#log = log;
    this.#hooks = hooks;
    this.ready = new Promise((resolve, reject) => {
      this.#settleReady = { resolve, reject };
    });
    this.#thread = new Worker(new URL('./keeper-thread.js', import.meta.url), { workerData, execArgv: [] });
    this.#thread.on('message', (message: FromKeeper) => this.#heard(message));
    this.#thread.on('error', (error) => this.#over(error));
    this.#stopped = new Promise((resolve) => {
      this.#settleStopped = resolve;
    });
    this.#thread.on('exit', (code) => {
      this.#settleStopped?.();
      this.#over(new TiercelError('INTERNAL', { reason: 'keeper thread ended', code }));
    });
  }

  keep(batch: HeldBatch): void {
    this.#tellEnded();
    if (this.#ring.keep(batch)) this.#wake();
    else this.#tell(['keep', batch]);
  }

  /** Goes along with the next batch, which nearly always comes at once. */
  ended(keys: readonly number[]): void {
    for (const key of keys) this.#ended.push(key);
    if (this.#ended.length > 0)
      this.#undoTelling ??= this.#clock.after(WORKER_LIMITS.untoldMs, () => {
        this.#tellEnded();
        this.#wake();
      });
  }

  /** What finds no room in the ring is told behind it: a thread that is told anything reads the ring first. */
  #tellEnded(): void {
    this.#undoTelling?.();
    this.#undoTelling = undefined;
    const ended = this.#ended;
    this.#ended = [];
    if (ended.length > 0 && !this.#ring.ended(ended)) this.#tell(['ended', ended]);
  }

  #wake(): void {
    if (!this.#ring.isWatched) this.#tell(['look']);
  }

  async stop(): Promise<void> {
    this.#undoTelling?.();
    this.#stopping = true;
    const starting = this.#begun();
    if (starting) starting.reject(new TiercelError('STOPPED'));
    else await this.#close();
    await this.#thread.terminate();
  }

  /** It closes its connection; one that never was ready has nothing to close in order. */
  #close(): Promise<void> {
    this.#tell(['stop']);
    return within(this.#clock, WORKER_LIMITS.keeperStopMs, this.#stopped);
  }

  #tell(message: ToKeeper): void {
    this.#thread.postMessage(message);
  }

  #heard(message: FromKeeper): void {
    if (message[0] === 'lost') this.#hooks.lost(message[1]);
    else if (message[0] === 'cancel') this.#hooks.cancel(message[1]);
    else if (message[0] === 'ping') this.#tell(['pong']);
    else if (message[0] === 'log') this.#log[message[1]](message[2], message[3]);
    else if (message[0] === 'stopped') this.#settleStopped?.();
    else if (message[0] === 'ready') this.#begun()?.resolve();
    else if (message[0] === 'failed') this.#over(asError(message[1], message[2]));
  }

  /** Before it was ready that is `start`'s to tell; afterwards the worker's to act upon. */
  #over(error: unknown): void {
    if (this.#stopping) return;
    this.#stopping = true;
    const starting = this.#begun();
    if (starting) starting.reject(error);
    else this.#hooks.fault(error);
    void this.#thread.terminate();
  }

  #begun() {
    const starting = this.#settleReady;
    this.#settleReady = undefined;
    return starting;
  }
}

const asError = (code: string, facts: object): TiercelError =>
  new TiercelError(isErrorCode(code) ? code : 'INTERNAL', facts as Facts);
