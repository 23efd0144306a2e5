import { subscribe } from 'node:diagnostics_channel';
import { defineJob } from 'tiercel';
import type { JobData } from './contestant.js';
import { JOB, QUEUE } from './tiercel-names.js';
import { watchHere } from './worker-role.js';

/** What the worker publishes on `tiercel:settled` once the broker has answered. */
interface Settled {
  readonly id: string;
  readonly outcome: string;
  readonly code: string;
}

const COUNTS = ['OK', 'OK_ALREADY'];

const tally = watchHere();
/** Jobs that run, by id; only while latencies are kept. */
const running = new Map<string, JobData>();

/** The consumer of the bench performs this. */
export const bench = defineJob(JOB, { queue: QUEUE }, ({ id, data }) => {
  if (tally.timing) running.set(id, data as JobData);
  tally.started(data as JobData);
});

subscribe('tiercel:settled', (message) => {
  const { id, outcome, code } = message as Settled;
  if (outcome !== 'ack' || !COUNTS.includes(code)) return;
  tally.acked(tally.timing ? running.get(id) : undefined);
  running.delete(id);
});
