export type Fields = Readonly<Record<string, unknown>>;

/**
 * What a newcomer reads instead of a log line, by the line's message; `''` leaves it out. What is not here is told as it is, but debug
 * lines are left out.
 */
export const SENTENCES: Readonly<Record<string, (line: Fields) => string>> = {
  'service started': () => 'is up',
  'service draining': () => 'takes nothing new and finishes what it holds',
  'service stopped': () => 'has ended',
  'nats connected': () => '',
  'process started': ({ process, childPid }) => `started ${process} (pid ${childPid})`,
  'process ended': ({ process, childPid, reason }) => `saw ${process} (pid ${childPid}) end: ${reason}`,
  'actor restarting': ({ delayMs }) => `starts it again in ${ms(delayMs)}`,
  'job enqueued': ({ name, tenant, queue, durability }) =>
    `enqueued ${name} for ${tenant} on ${queue}; storage has it (it survives: ${SURVIVES[String(durability)] ?? durability})`,
  'storage called': ({ verb, items, tookMs }) => (Number(items) > 0 ? stored(String(verb), jobs(items), ms(tookMs)) : ''),
  'job done': ({ name, tenant, tookMs, attempt }) => `performed ${name} for ${tenant} in ${ms(tookMs)} (attempt ${attempt})`,
  'job released': ({ name, tenant, reason, delayMs }) => `put ${name} for ${tenant} back, again in ${ms(delayMs)}: ${reason}`,
  'job buried': ({ name, tenant, reason }) => `gave ${name} for ${tenant} up, see \`tiercel dead ls\`: ${reason}`,
  'drain began': () => '',
  'drain ended': ({ acked, released }) => `performed ${acked} in all and handed ${released} back`,
};

const SURVIVES: Readonly<Record<string, string>> = {
  memory: 'nothing',
  'process-crash': 'a crash of the storage',
  'power-loss': 'a loss of power',
  replicated: 'the loss of a machine',
};

/** The few verbs of the storage that one job's path shows. */
function stored(verb: string, jobs: string, took: string): string {
  if (verb === 'enqueue') return `stored ${jobs} in ${took}`;
  if (verb === 'reserve') return `handed ${jobs} out`;
  if (verb === 'settle') return `noted the end of ${jobs}`;
  if (verb === 'reap') return `took ${jobs} back from a consumer that is gone`;
  return '';
}

const ms = (value: unknown): string => `${Math.max(1, Math.round(Number(value)))} ms`;
const jobs = (count: unknown): string => (count === 1 ? '1 job' : `${count} jobs`);
