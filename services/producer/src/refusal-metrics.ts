import type { Metrics } from '@tiercel/host';
import type { ErrorCode } from '@tiercel/protocol';

export type CountRefusal = (code: ErrorCode) => void;

/** What the doors of this process refuse, together. */
export function refusalCounter(metrics: Metrics): CountRefusal {
  const refusals = metrics.counter('tiercel_refusals_total', 'Requests and jobs that were refused, by code.', ['code']);
  return (code) => refusals.of(code).add();
}
