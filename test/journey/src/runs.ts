import { fenceOf } from '@tiercel/protocol';
import type { HandlerInput } from '@tiercel/worker';
import type { Entry } from './entry.js';
import type { Judge } from './judge.js';
import type { ConsumerNode } from './consumer-node.js';

/** One call of a handler. */
export interface Run {
  readonly job: string;
  readonly fence: bigint;
  readonly node: ConsumerNode;
  /** The life of the node that runs it. */
  readonly owner: string;
  readonly signal: AbortSignal;
  readonly beganMs: number;
  over: boolean;
}

export interface RunsOptions {
  readonly judge: Judge;
  readonly now: () => number;
  /** Virtual time of the storage's last jump forward: leases ended early by it warn nobody. */
  readonly leaptMs: () => number;
}

/** Which handlers run where, and by which grant. */
export class Runs {
  readonly #options: RunsOptions;
  readonly #owners = new Map<string, string>();
  readonly #begun = new Set<string>();
  readonly #active = new Map<string, Run[]>();

  constructor(options: RunsOptions) {
    this.#options = options;
  }

  /** A new grant: whoever still runs the job by an older one must have been told to stop, if it could be told at all. */
  granted(entry: Entry): void {
    const job = `${entry.given.tenant}/${entry.given.id}`;
    this.#owners.set(`${job} ${fenceOf(entry.token)}`, entry.owner);
    for (const run of this.#active.get(job) ?? []) {
      const warned = run.over || run.signal.aborted || !run.node.couldBeTold(run.owner);
      if (!warned && this.#options.leaptMs() < run.beganMs)
        this.#options.judge.blame('a holder is warned before the next one starts', { job, runs: run.owner, next: entry.owner });
    }
  }

  begin(node: ConsumerNode, { tenant, id, token, signal }: HandlerInput): Run {
    const job = `${tenant}/${id}`;
    const grant = `${job} ${token}`;
    const owner = this.#owners.get(grant);
    if (owner !== node.owner) this.#options.judge.blame('a grant runs once', { grant, owner, ranAt: node.owner });
    if (this.#begun.has(grant)) this.#options.judge.blame('a grant runs once', { grant, again: true });
    this.#begun.add(grant);
    const run: Run = { job, fence: token, node, owner: node.owner, signal, beganMs: this.#options.now(), over: false };
    const active = this.#active.get(job);
    if (active) active.push(run);
    else this.#active.set(job, [run]);
    return run;
  }

  end(run: Run): void {
    run.over = true;
  }
}
