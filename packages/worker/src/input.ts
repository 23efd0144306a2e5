import type { Log } from '@tiercel/actors';
import { fenceOf, type LeasedJob } from '@tiercel/protocol';
import type { AbortSwitch } from './abort.js';
import type { HandlerInput } from './handlers.js';

/** What surrounds one run. */
export interface Surroundings {
  readonly abort: AbortSwitch;
  readonly log: Log;
}

const JOB = Symbol('job');
const AROUND = Symbol('around');

/** What members that cost something are made of, when they are first read. */
interface Made {
  readonly [JOB]: LeasedJob;
  readonly [AROUND]: Surroundings;
}

const made = <T>(make: (from: Made) => T) => ({
  enumerable: true,
  get(this: Made): T {
    return make(this);
  },
});

/** The same functions for all inputs: with functions of its own each input would be an object like no other, which engines keep in slow form. */
const MADE_WHEN_READ = {
  token: made(({ [JOB]: { token } }) => fenceOf(token)),
  signal: made(({ [AROUND]: { abort } }) => abort.signal),
  log: made(({ [JOB]: { tenant, queue, name, id: jobId, attempt }, [AROUND]: { log } }) =>
    log.child({ tenant, queue, name, jobId, attempt }),
  ),
};

/** What a handler is given. All members are its own, so a copy with `...` has them too. */
export class Input implements HandlerInput {
  readonly data: unknown;
  readonly tenant: string;
  readonly queue: string;
  readonly name: string;
  readonly id: string;
  readonly attempt: number;
  declare readonly token: bigint;
  declare readonly signal: AbortSignal;
  declare readonly log: Log;
  readonly [JOB]: LeasedJob;
  readonly [AROUND]: Surroundings;

  constructor(job: LeasedJob, data: unknown, around: Surroundings) {
    this.data = data;
    this.tenant = job.tenant;
    this.queue = job.queue;
    this.name = job.name;
    this.id = job.id;
    this.attempt = job.attempt;
    this[JOB] = job;
    this[AROUND] = around;
    // one by one: `defineProperties` takes twice as long
    Object.defineProperty(this, 'token', MADE_WHEN_READ.token);
    Object.defineProperty(this, 'signal', MADE_WHEN_READ.signal);
    Object.defineProperty(this, 'log', MADE_WHEN_READ.log);
  }
}
