import type { DeskObserver } from '@tiercel/broker';
import type { Metrics } from '@tiercel/host';

/** Counts what the front desk refuses, and what it has under way. */
export function observeDesk(metrics: Metrics): DeskObserver {
  const inFlight = metrics.gauge('tiercel_in_flight', 'Jobs that run, or requests under way.').of();
  const refusals = metrics.counter('tiercel_refusals_total', 'Requests and jobs that were refused, by code.', ['code']);
  return {
    underWay: (change) => inFlight.add(change),
    refused: (code) => refusals.of(code).add(),
  };
}
