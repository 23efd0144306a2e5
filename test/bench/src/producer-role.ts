import { nowMs, until } from './clock.js';
import { BULK, type Producer } from './contestant.js';
import { jobData } from './job-data.js';
import { GRAIN } from './tally.js';

/** How jobs are handed in: a closed loop with so many calls in flight, each of one job or of a bulk of them. */
export interface Load {
  readonly calls: number;
  readonly bulk: boolean;
}

/** So many jobs, or as many as go in so long, rounded up to the tally's grain; of both, what is less. With bulk, `jobs` is a multiple of a bulk's. */
export interface Amount {
  readonly jobs?: number;
  readonly ms?: number;
}

export interface Handed {
  readonly jobs: number;
  /** From the first call … to the last answer. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** Jobs one by one at even distances, whatever the answers take. */
export interface Pace {
  readonly jobs: number;
  readonly perSec: number;
}

/** The commands of a producer's process. */
export function producerCommands(producer: Producer) {
  let handed = 0;
  const nextBulk = () => Array.from({ length: BULK.jobs }, () => jobData(++handed));

  async function enqueue({ calls, bulk, jobs = Number.POSITIVE_INFINITY, ms }: Load & Amount): Promise<Handed> {
    const [before, fromMs] = [handed, nowMs()];
    const isOver = ms === undefined ? () => false : () => nowMs() >= fromMs + ms && (handed - before) % GRAIN === 0;
    const hasMore = () => handed < before + jobs && !isOver();
    const caller = async () => {
      while (hasMore()) await (bulk ? producer.many(nextBulk()) : producer.one(jobData(++handed)));
    };
    await Promise.all(Array.from({ length: calls }, caller));
    return { jobs: handed - before, fromMs, toMs: nowMs() };
  }

  async function pace({ jobs, perSec }: Pace): Promise<Handed> {
    const fromMs = nowMs();
    const answers: Promise<unknown>[] = [];
    for (let sent = 0; sent < jobs; sent++) {
      await until(fromMs + (sent * 1_000) / perSec);
      answers.push(producer.one(jobData(++handed)));
    }
    await Promise.all(answers);
    return { jobs, fromMs, toMs: nowMs() };
  }

  return { enqueue, pace };
}
