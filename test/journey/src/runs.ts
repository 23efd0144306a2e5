import { fenceOf } from '@tiercel/protocol';
import type { HandlerInput } from '@tiercel/worker';
import type { ConsumerNode } from './consumer-node.js';
import type { Entry } from './entry.js';
import type { Judge } from './judge.js';

/** One call of a handler. */
export interface Run {
  readonly job: string;
  readonly fence: bigint;
  readonly node: ConsumerNode;
  /** The life of the node that runs it. */
  readonly owner: string;
  readonly signal: AbortSignal;
  readonly grantedMs: number;
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
  readonly #grants = new Map<string, { readonly owner: string; readonly atMs: number }>();
  readonly #begun = new Set<string>();
  readonly #done = new Set<string>();
  readonly #active = new Map<string, Run[]>();

  constructor(options: RunsOptions) {
    this.#options = options;
  }

  /** A new grant: whoever still runs the job by an older one must have been told to stop, if it could be told at all. */
  granted(entry: Entry): void {
    const job = `${entry.given.tenant}/${entry.given.id}`;
    this.#grants.set(`${job} ${fenceOf(entry.token)}`, { owner: entry.owner, atMs: this.#options.now() });
    for (const run of this.#active.get(job) ?? []) {
      const warned = run.over || run.signal.aborted || !run.node.couldBeTold(run.owner);
      if (!warned && this.#options.leaptMs() < run.grantedMs)
        this.#options.judge.blame('a holder is warned before the next one starts', { job, runs: run.owner, next: entry.owner });
    }
  }

  begin(node: ConsumerNode, { tenant, id, token, signal }: HandlerInput): Run {
    const job = `${tenant}/${id}`;
    const grant = `${job} ${token}`;
    const known = this.#grants.get(grant);
    if (known?.owner !== node.owner)
      this.#options.judge.blame('a grant runs once', { grant, owner: known?.owner, ranAt: node.owner });
    if (this.#begun.has(grant)) this.#options.judge.blame('a grant runs once', { grant, again: true });
    this.#begun.add(grant);
    const run: Run = { job, fence: token, node, owner: node.owner, signal, grantedMs: known?.atMs ?? 0, over: false };
    const active = this.#active.get(job);
    if (active) active.push(run);
    else this.#active.set(job, [run]);
    return run;
  }

  /** Calls of the handler for this job. */
  countOf(tenant: string, id: string): number {
    return this.#active.get(`${tenant}/${id}`)?.length ?? 0;
  }

  end(run: Run): void {
    run.over = true;
  }

  /** The handler did what it should. */
  did({ job, fence }: Run): void {
    this.#done.add(`${job} ${fence}`);
  }

  /** An ack was accepted: the handler must have done the work under this very lease. */
  acked({ given: { tenant, id }, token, owner }: Entry): void {
    const grant = `${tenant}/${id} ${fenceOf(token)}`;
    if (!this.#done.has(grant)) this.#options.judge.blame('who acknowledges has done the work', { grant, owner });
  }
}
