import { decodeData, type JobState, type JobView, LIMITS, STATES } from '@tiercel/protocol';
import type { JobStore } from '@tiercel/store';
import type { Book } from './book.js';
import { nameOf, shown } from './shown.js';

/** A job as it stands. Times are virtual epoch milliseconds. */
export interface TestJob extends Omit<JobView, 'payload' | 'result' | 'encoding'> {
  /** As enqueued. */
  readonly data: unknown;
  /** What the handler returned; only of completed jobs. */
  readonly result?: unknown;
}

/** Which jobs; what is left out may be anything. */
export interface TestJobQuery {
  readonly state?: JobState;
  readonly queue?: string;
  readonly name?: string;
  readonly tenant?: string;
}

/** Jobs in the order in which they were enqueued. */
export async function findJobs(
  store: JobStore,
  book: Book,
  tenants: Iterable<string>,
  { state, queue = '', name, tenant }: TestJobQuery,
): Promise<TestJob[]> {
  const found: TestJob[] = [];
  for (const each of tenant === undefined ? tenants : [tenant])
    for (const one of state === undefined ? STATES : [state])
      for await (const view of allOf(store, each, one, queue))
        if (name === undefined || view.name === name) found.push(testJob(view, book));
  return found.sort((a, b) => book.placeOf(a) - book.placeOf(b));
}

/** What a failed assertion says of a dead letter. */
export const deadLine = (job: TestJob): string => `${nameOf(job)}: ${shown(job.data)}, spent ${job.spent}, ${job.reason}`;

async function* allOf(store: JobStore, tenant: string, state: JobState, queue: string): AsyncIterable<JobView> {
  let cursor = '';
  do {
    const page = await store.list(tenant, { state, queue, cursor, limit: LIMITS.listPage, payload: true });
    yield* page.jobs;
    cursor = page.cursor;
  } while (cursor !== '');
}

function testJob({ payload, result, encoding, ...view }: JobView, book: Book): TestJob {
  const data = book.find(view)?.data ?? (payload && decodeData(payload, encoding));
  return { ...view, data, ...(result === undefined ? {} : { result: decodeData(result) }) };
}
