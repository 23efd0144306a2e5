import { fail, type JobView, LIMITS, type ListQuery, type Quarantined } from '@tiercel/protocol';
import type { JobStore } from '@tiercel/store';
import { pageWithinReply } from './page.js';

/** Jobs asked of the storage in one step: a few replies' worth at most, however large their payloads, or their results. */
const AT_ONCE = { withPayload: 4, withResult: 16 } as const;

/**
 * One answer for each id, in order. Throws BATCH_TOO_LARGE when the payloads and results are over what one reply carries, before much
 * more than that was fetched; `ids` is how many from the first fit. The first always does.
 */
export async function findWithinReply(
  store: JobStore,
  tenant: string,
  ids: readonly string[],
  payload: boolean,
): Promise<readonly (JobView | null)[]> {
  const unlike = [...new Set(ids)];
  const found = new Map<string, JobView | null>();
  const jobs: (JobView | null)[] = [];
  let bytes = 0;
  for (const id of ids) {
    if (!found.has(id)) {
      const slice = unlike.slice(found.size, found.size + (payload ? AT_ONCE.withPayload : AT_ONCE.withResult));
      const views = await store.find(tenant, slice, { payload });
      for (let place = 0; place < slice.length; place++) found.set(slice[place] as string, views[place] ?? null);
    }
    const job = found.get(id) ?? null;
    bytes += job === null ? 0 : bytesOf(job);
    if (bytes > LIMITS.batchBytes && jobs.length > 0) fail('BATCH_TOO_LARGE', { ids: jobs.length });
    jobs.push(job);
  }
  return jobs;
}

/** Results are kept of completed jobs only, payloads of those that are not over; without either a page is small. */
export async function listWithinReply(store: JobStore, tenant: string, query: ListQuery) {
  const { state, payload, limit } = query;
  const { items, cursor } = await pageWithinReply({
    cursor: query.cursor,
    limit,
    atOnce: payload ? AT_ONCE.withPayload : state === 'completed' ? AT_ONCE.withResult : limit,
    bytesOf,
    async ask(from, atMost) {
      const page = await store.list(tenant, { ...query, cursor: from, limit: atMost });
      return { items: page.jobs, cursor: page.cursor };
    },
  });
  return { jobs: items, cursor };
}

export async function quarantinedWithinReply(
  store: JobStore,
  tenant: string,
  query: { readonly cursor: string; readonly limit: number },
) {
  const { items, cursor } = await pageWithinReply<Quarantined>({
    ...query,
    atOnce: AT_ONCE.withPayload,
    bytesOf: ({ record }) => record.length,
    async ask(from, limit) {
      const page = await store.quarantined(tenant, { cursor: from, limit });
      return { items: page.records, cursor: page.cursor };
    },
  });
  return { records: items, cursor };
}

const bytesOf = ({ payload, result }: JobView): number => (payload?.length ?? 0) + (result?.length ?? 0);
