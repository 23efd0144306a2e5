import { Worker } from 'node:worker_threads';
import type { LeasedJob } from '@tiercel/protocol';
import { AbortSwitch } from './abort.js';
import type { ChildArgument, FromChild, ToChild } from './child-message.js';
import { execute, unknownJob } from './execute.js';
import { loadHandlers } from './load-handlers.js';
import { killGroup } from './orphan.js';
import { reasonOf } from './outcome.js';
import { relayLog } from './relay-log.js';

/**
 * The entry of a child process: runs one job at a time for the worker that forked it, and never outlives that worker. It leads its own
 * process group, so its end is the end of everything it started.
 */
const { paths, parentPid } = JSON.parse(process.argv[2] as string) as ChildArgument;
process.once('disconnect', () => killGroup(process.pid));
// A handler may block this loop, and then the disconnect is never heard.
new Worker(new URL('./orphan-thread.js', import.meta.url), { workerData: { parentPid } }).unref();

const loading = loadHandlers(paths);
loading.catch(() => {}); // told to whoever asks for a run
const log = relayLog(tell);
let abort = new AbortSwitch();

process.on('message', ([kind, what]: ToChild) => {
  if (kind === 'abort') return abort.abort(what);
  abort = new AbortSwitch();
  void run(what, abort);
});

async function run(job: LeasedJob, abort: AbortSwitch): Promise<void> {
  try {
    const handler = (await loading).get(job.name);
    const verdict = handler === undefined ? unknownJob(job.name) : await execute(handler, job, { abort, log });
    tell(['verdict', verdict]);
  } catch (error) {
    tell(['unfit', reasonOf(error)]);
  }
}

/** The parent may be gone between any two lines; then this process is about to end anyway. */
function tell(message: FromChild): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
}
