import { Worker } from 'node:worker_threads';
import type { Log } from '@tiercel/actors';
import { AbortSwitch } from './abort.js';
import type { ChildArgument, FromChild, LogLevel, ToChild } from './child-message.js';
import { execute, unknownJob } from './execute.js';
import { loadHandlers } from './load-handlers.js';
import { killGroup } from './orphan.js';
import { reasonOf, type Verdict } from './outcome.js';

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
let abort = new AbortSwitch();

process.on('message', ([kind, what]: ToChild) => {
  if (kind === 'abort') return abort.abort(what);
  abort = new AbortSwitch();
  void run(what, abort).then((verdict) => tell(['verdict', verdict]));
});

async function run(job: Parameters<typeof execute>[1], abort: AbortSwitch): Promise<Verdict> {
  try {
    const handler = (await loading).get(job.name);
    return handler === undefined ? unknownJob(job.name) : await execute(handler, job, { abort, log: logTo({}) });
  } catch (error) {
    return { ended: 'threw', reason: reasonOf(error), permanent: false };
  }
}

function logTo(bound: object): Log {
  const at = (level: LogLevel) => (facts: object, message: string) => tell(['log', level, plain({ ...bound, ...facts }), message]);
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (facts) => logTo({ ...bound, ...facts }),
  };
}

/** Facts that survive the way: what cannot be cloned becomes text. */
function plain(facts: object): object {
  try {
    return structuredClone(facts);
  } catch {
    // functions, sockets and the like: their text is all there is to log
    return Object.fromEntries(Object.entries(facts).map(([key, value]) => [key, String(value)]));
  }
}

/** The parent may be gone between any two lines; then this process is about to end anyway. */
function tell(message: FromChild): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
}
