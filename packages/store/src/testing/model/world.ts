import type { Retention } from '../../job-store.js';

/** Few of everything, so that random commands meet. */
export const TENANTS = ['acme', 'globex', 'initech'] as const;
export const QUEUES = ['mail', 'bulk', 'x-y'] as const;
export const NAMES = ['HelloWorld', 'Report'] as const;
export const IDS: readonly string[] = Array.from({ length: 12 }, (_, at) => `id-${at}`);
/** The queue that an id belongs to: eight ids to the first, two to each of the others. */
export const queueOf = (id: string): string => QUEUES[Math.max(0, (IDS.indexOf(id) >> 1) - 3)]!;
/** The one queue that takes what expires in this one: no other leads there, so that it does not show which pair a sweep begins with. */
export const nextOf = (queue: string): string => QUEUES[(QUEUES.indexOf(queue as (typeof QUEUES)[number]) + 1) % QUEUES.length]!;
export const OWNERS = ['worker-1', 'worker-2', 'worker-3'] as const;
export const NONCES = ['00000001', 'fffffffe'] as const;

/** One that forgets soon, by count and by age; and one that keeps all that a short run makes. */
export const RETENTIONS: readonly Retention[] = [
  { keepAtLeastMs: 4_000, finishedMs: 60_000, finishedMax: 1, deadMs: 50_000, deadMax: 2, finishedBytes: 300, deadBytes: 30 },
  {
    keepAtLeastMs: 60_000,
    finishedMs: 3_600_000,
    finishedMax: 1_000,
    deadMs: 7_200_000,
    deadMax: 1_000,
    finishedBytes: 1e9,
    deadBytes: 1e9,
  },
];
