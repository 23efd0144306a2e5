import type { Log } from '@tiercel/actors';
import type { LeasedJob } from '@tiercel/protocol';
import { Child } from './child-process.js';
import type { Run } from './slot.js';
import { WORKER_LIMITS } from './worker-limits.js';

export interface ChildrenOptions {
  /** Modules or directories, as for `loadHandlers`. */
  readonly paths: readonly string[];
  /** Their whole environment, as `childEnv` makes it. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Log;
}

/**
 * Child processes that wait for jobs. A child runs one job at a time, so a job that ends it takes nobody along, and one that does not
 * leaves it for the next: after a crash of a worker under load hundreds of suspects may come, and a process for each would be a
 * second disaster. There are never more children than jobs ran at once: who asks is bounded by its slots.
 */
export class ChildPool {
  readonly #options: ChildrenOptions;
  readonly #all = new Set<Child>();
  readonly #idle: Child[] = [];

  constructor(options: ChildrenOptions) {
    this.#options = options;
  }

  /** Children alive, idle ones included. */
  get size(): number {
    return this.#all.size;
  }

  run(job: LeasedJob): Run {
    const child = this.#idle.pop() ?? this.#fork();
    const verdict = child.run(job).then((verdict) => {
      if (child.dead || child.jobs >= WORKER_LIMITS.jobsPerChild) child.kill();
      else this.#idle.push(child);
      return verdict;
    });
    return { verdict, abort: (cause) => child.abort(cause), kill: () => child.kill() };
  }

  /** Kills all. */
  stop(): void {
    for (const child of this.#all) child.kill();
    this.#idle.length = 0;
  }

  #fork(): Child {
    const child = new Child(this.#options);
    this.#all.add(child);
    void child.ended.then(() => {
      this.#all.delete(child);
      const place = this.#idle.indexOf(child);
      if (place !== -1) this.#idle.splice(place, 1);
    });
    return child;
  }
}
