import { subscribe } from 'node:diagnostics_channel';
import { defineJob } from 'tiercel';
import type { JobData } from './contestant.js';
import { JOB, QUEUE } from './tiercel-names.js';

/** What a worker publishes on `tiercel:settled` once the broker has answered. */
interface Settled {
  readonly id: string;
  readonly outcome: string;
  readonly code: string;
}

/** Who counts; jobs are remembered for `acked` unless it says that nothing is timed. */
interface Counter {
  readonly timing?: boolean;
  started(data: JobData): void;
  acked(data?: JobData): void;
}

const COUNTS = ['OK', 'OK_ALREADY'];

/** The job of the bench, as this process performs it; once a process. */
export function benchJob(counter: Counter) {
  /** Jobs that run, by id. */
  const running = new Map<string, JobData>();
  subscribe('tiercel:settled', (message) => {
    const { id, outcome, code } = message as Settled;
    if (outcome !== 'ack' || !COUNTS.includes(code)) return;
    counter.acked(running.get(id));
    running.delete(id);
  });
  return defineJob(JOB, { queue: QUEUE }, ({ id, data }) => {
    if (counter.timing) running.set(id, data as JobData);
    counter.started(data as JobData);
  });
}
