import { type BatchRun, type EnqueueBatch, type NewJob, openBatch, type PackedBatch } from '@tiercel/protocol';

/** What is asked of new jobs before they are stored, of those that share it together. */
export type Run = Pick<BatchRun, 'queue' | 'delayMs' | 'atMs' | 'count' | 'largestBytes'>;

/** The jobs of one enqueue, in whatever form they came. */
export interface Batch {
  readonly runs: readonly Run[];
  /** All of them, when they came in that form. */
  readonly packed: PackedBatch | undefined;
  /** Makes objects of those that came otherwise. */
  open(): readonly NewJob[];
}

export function batchOf({ jobs, packed }: EnqueueBatch): Batch {
  if (packed === undefined) return { runs: jobs.map(runOf), packed, open: () => jobs };
  if (jobs.length === 0) return { runs: packed.runs, packed, open: () => openBatch(packed) };
  return { runs: [...jobs.map(runOf), ...packed.runs], packed: undefined, open: () => [...jobs, ...openBatch(packed)] };
}

export const runOf = ({ queue, delayMs, atMs, payload }: NewJob): Run => ({
  queue,
  delayMs,
  atMs,
  count: 1,
  largestBytes: payload.length,
});
