import type { KestrelDoor, KestrelObserver } from '@tiercel/doors';
import { type Metrics, SLOW } from '@tiercel/host';
import type { CountRefusal } from './refusal-metrics.js';

/** Counts what the Kestrel door answers. Commands and codes are few, so every one has its series. */
export function observeKestrel(metrics: Metrics, refused: CountRefusal): KestrelObserver {
  const took = metrics.histogram(
    'tiercel_kestrel_request_seconds',
    'How long requests took, their waiting for an item with them; sets that came together count once.',
    SLOW,
    ['command'],
  );
  const requests = metrics.counter('tiercel_kestrel_requests_total', 'Requests that were answered.', ['command']);
  const items = metrics.counter('tiercel_kestrel_items_total', 'Items that were stored (in) or handed over (out).', ['direction']);
  const bytes = metrics.counter('tiercel_kestrel_bytes_total', 'Bytes of those items.', ['direction']);
  const passed = { in: [items.of('in'), bytes.of('in')], out: [items.of('out'), bytes.of('out')] } as const;
  return {
    answered(command, count, tookMs) {
      took.of(command).observe(tookMs / 1_000);
      requests.of(command).add(count);
    },
    passed(direction, size) {
      const [ofItems, ofBytes] = passed[direction];
      ofItems.add();
      ofBytes.add(size);
    },
    refused,
  };
}

export function countKestrel(metrics: Metrics, door: Pick<KestrelDoor, 'connections' | 'waiting' | 'held'> | undefined): void {
  const connections = metrics.gauge('tiercel_kestrel_connections', 'Clients of the Kestrel door.').of();
  const waiting = metrics.gauge('tiercel_kestrel_waiting', 'Those of them that wait for an item.').of();
  const held = metrics.gauge('tiercel_kestrel_held', 'Items that they have open, or that are on their way to them.').of();
  metrics.before(() => {
    connections.set(door?.connections ?? 0);
    waiting.set(door?.waiting ?? 0);
    held.set(door?.held ?? 0);
  });
}
