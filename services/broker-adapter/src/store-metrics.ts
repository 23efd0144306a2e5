import { kept, type Metrics, QUICK } from '@tiercel/host';
import { codeOf } from '@tiercel/protocol';
import type { Instruments } from '@tiercel/store';

/** More than the port has. */
const MAX_VERBS = 64;

/** Counts the calls of the storage: how long they took, what they carried, which failed. */
export function countCalls(metrics: Metrics): Instruments['onCall'] {
  const took = metrics.histogram('tiercel_store_call_seconds', 'How long calls of the storage took.', QUICK, ['verb']);
  const items = metrics.counter('tiercel_store_items_total', 'Jobs, leases or ids that calls of the storage carried or brought.', [
    'verb',
  ]);
  const failures = metrics.counter('tiercel_store_failures_total', 'Calls of the storage that failed.', ['verb', 'code']);
  const seriesOf = kept(MAX_VERBS, (verb) => ({ took: took.of(verb), items: items.of(verb) }));
  return (verb, tookMs, count, error) => {
    const series = seriesOf(verb);
    series.took.observe(tookMs / 1_000);
    series.items.add(count);
    if (error !== undefined) failures.of(verb, codeOf(error)).add();
  };
}
