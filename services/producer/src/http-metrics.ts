import type { HttpDoor, HttpObserver } from '@tiercel/doors';
import { type Metrics, SLOW } from '@tiercel/host';
import type { CountRefusal } from './refusal-metrics.js';

/** Counts what the HTTP door answers. Operations, statuses and codes are few, so every one has its series. */
export function observeHttp(metrics: Metrics, refused: CountRefusal): HttpObserver {
  const took = metrics.histogram('tiercel_http_request_seconds', 'How long requests took, long polls among them.', SLOW, [
    'operation',
  ]);
  const answers = metrics.counter('tiercel_http_requests_total', 'Requests that were answered.', ['operation', 'status']);
  return {
    answered(operation, status, tookMs, code) {
      took.of(operation).observe(tookMs / 1_000);
      answers.of(operation, String(status)).add();
      if (code !== undefined) refused(code);
    },
  };
}

export function countHttp(metrics: Metrics, door: Pick<HttpDoor, 'underWay'> | undefined): void {
  const underWay = metrics.gauge('tiercel_in_flight', 'Jobs that run, or requests under way.').of();
  metrics.before(() => underWay.set(door?.underWay ?? 0));
}
