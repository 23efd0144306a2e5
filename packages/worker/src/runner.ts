import type { Log } from '@tiercel/actors';
import { fail, type LeasedJob } from '@tiercel/protocol';
import { AbortSwitch } from './abort.js';
import { ChildPool, type ChildrenOptions } from './child-pool.js';
import { corruption, execute, unknownJob } from './execute.js';
import type { Handler, HandlerTable } from './handlers.js';
import type { Verdict } from './outcome.js';
import type { Run } from './slot.js';

export interface RunnerOptions {
  readonly handlers: HandlerTable;
  readonly children?: Omit<ChildrenOptions, 'log'> | undefined;
  readonly log: Log;
}

/** Runs jobs where they are to run: in this process, in a child, or nowhere when that cannot help. Throws BAD_OPTION. */
export class Runner {
  readonly #handlers: HandlerTable;
  readonly #children: ChildPool | undefined;
  readonly #log: Log;

  constructor({ handlers, children, log }: RunnerOptions) {
    if (!children) requireInline(handlers);
    this.#handlers = handlers;
    this.#children = children && new ChildPool({ ...children, log });
    this.#log = log;
  }

  /** Whether this job may take the process and all beside it with it. */
  endangers(job: LeasedJob): boolean {
    return job.lostLeases > 0 && this.#children === undefined;
  }

  run(job: LeasedJob): Run {
    const corrupt = corruption(job);
    if (corrupt) return refused(corrupt);
    const handler = this.#handlers.get(job.name);
    if (handler === undefined) return refused(unknownJob(job.name));
    const suspect = job.lostLeases > 0;
    if (this.#children && (suspect || handler.isolation === 'process')) return this.#children.run(job);
    return this.#runInline(handler, job);
  }

  /** Kills the children. */
  stop(): void {
    this.#children?.stop();
  }

  #runInline(handler: Handler, job: LeasedJob): Run {
    const abort = new AbortSwitch();
    return { verdict: execute(handler, job, { abort, log: this.#log }), abort: (cause) => abort.abort(cause) };
  }
}

/** The run of a job that is not run. */
const refused = (verdict: Verdict): Run => ({ verdict: Promise.resolve(verdict), abort() {} });

function requireInline(handlers: HandlerTable): void {
  for (const { name, isolation } of handlers.values())
    if (isolation === 'process')
      fail('BAD_OPTION', { option: `isolation of ${name}`, expected: 'inline, or handlers loaded from files', got: isolation });
}
