import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import type { Metrics } from './metrics.js';

const QUANTILES = [
  ['0.5', 50],
  ['0.99', 99],
  ['1', 100],
] as const;
const RESOLUTION_MS = 10;
const NANOSECONDS = 1e9;
const MICROSECONDS = 1e6;

/** What any process tells of itself, under the names that are usual for it. Returns the undo. */
export function countProcess(metrics: Metrics, facts: { readonly service: string; readonly namespace: string }): () => void {
  metrics
    .gauge('tiercel_service_info', 'Which service this is; always 1.', ['service', 'namespace'])
    .of(facts.service, facts.namespace)
    .set(1);
  const cpu = metrics.counter('process_cpu_seconds_total', 'CPU time of this process, in seconds.').of();
  const resident = metrics.gauge('process_resident_memory_bytes', 'Memory of this process.').of();
  const heap = metrics.gauge('nodejs_heap_size_used_bytes', 'Memory that JavaScript uses.').of();
  const external = metrics.gauge('nodejs_external_memory_bytes', 'Memory outside of the heap that JavaScript uses.').of();
  const lag = metrics.gauge('nodejs_eventloop_lag_seconds', 'How late timers were since the last scrape, by quantile.', [
    'quantile',
  ]);
  const busy = metrics
    .gauge('nodejs_eventloop_utilization', 'Share of the time since the last scrape in which the event loop had work.')
    .of();
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  let before = performance.eventLoopUtilization();
  metrics.before(() => {
    const { user, system } = process.cpuUsage();
    const memory = process.memoryUsage();
    cpu.set((user + system) / MICROSECONDS);
    resident.set(memory.rss);
    heap.set(memory.heapUsed);
    external.set(memory.external);
    for (const [quantile, percentile] of QUANTILES)
      lag.of(quantile).set(Math.max(0, delay.percentile(percentile) / NANOSECONDS - RESOLUTION_MS / 1_000) || 0);
    delay.reset();
    busy.set(performance.eventLoopUtilization(before).utilization);
    before = performance.eventLoopUtilization();
  });
  return () => delay.disable();
}
