import { nowMs, until } from './clock.js';
import type { Sizes } from './sizes.js';
import type { Counts, Latencies } from './tally.js';
import type { Reach } from './worker-role.js';

/** Between looks at several workers: a part in a thousand of what is measured. */
const LOOK_MS = 5;

/** A worker's process, as the harness holds it. */
export interface Member {
  ask<T>(kind: string, body?: unknown): Promise<T>;
}

/** The workers of a stage, who share its jobs. */
export class Crew {
  readonly #workers: readonly Member[];

  constructor(workers: readonly Member[]) {
    this.#workers = workers;
  }

  /** When they had finished that many jobs in all. Throws when jobs were lost. */
  reach(jobs: number, { stallMs }: Sizes): Promise<number> {
    const [first, ...others] = this.#workers as [Member, ...Member[]];
    return others.length === 0 ? first.ask<number>('reach', { jobs, stallMs } satisfies Reach) : this.#reachTogether(jobs, stallMs);
  }

  /** Jobs that they have finished until now. */
  async finished(): Promise<number> {
    const counts = await this.#ask<Counts>('counts');
    return counts.reduce((sum, { distinct, acked }) => sum + Math.min(distinct, acked), 0);
  }

  /** Handler calls beyond the first of a job, whoever made them. */
  async duplicates(): Promise<number> {
    const counts = await this.#ask<Counts>('counts');
    const started = counts.reduce((sum, each) => sum + each.started, 0);
    const [first] = counts;
    return started - (counts.length === 1 && first ? first.distinct : distinctIn(await this.#ask<string>('seen')));
  }

  /** Starts keeping latencies. */
  async time(): Promise<void> {
    await this.#ask('time');
  }

  async latencies(): Promise<Latencies> {
    const all = await this.#ask<Latencies>('latencies');
    return { start: all.flatMap(({ start }) => start), ack: all.flatMap(({ ack }) => ack) };
  }

  async #reachTogether(jobs: number, stallMs: number): Promise<number> {
    let last = { finished: -1, atMs: nowMs() };
    for (;;) {
      const finished = await this.finished();
      if (finished >= jobs) return nowMs();
      if (finished !== last.finished) last = { finished, atMs: nowMs() };
      else if (nowMs() - last.atMs >= stallMs)
        throw new Error(
          `jobs were lost: of ${jobs} ${finished} were performed and acknowledged, and for ${stallMs} ms no more came`,
        );
      await until(nowMs() + LOOK_MS);
    }
  }

  #ask<T>(kind: string): Promise<T[]> {
    return Promise.all(this.#workers.map((worker) => worker.ask<T>(kind)));
  }
}

/** Jobs in any of these maps, which have a byte for each job. */
function distinctIn(maps: readonly string[]): number {
  const all = maps.map((map) => Buffer.from(map, 'base64'));
  const longest = Math.max(...all.map(({ length }) => length));
  let distinct = 0;
  for (let job = 0; job < longest; job++) if (all.some((map) => map[job] === 1)) distinct++;
  return distinct;
}
