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
  'socket connected': () => '',
  'socket connection lost': () => '', // the supervisor tells of the end behind it
  'storage engine found': ({ engine, durability }) =>
    durability === 'memory' ? '' : `keeps jobs in ${engine}; they survive ${survives(String(durability))}`,
  'broker-adapter awaited': () => 'waits for a broker-adapter',
  'fleet ready': guide,
  'process started': ({ process, childPid }) => `started ${process} (pid ${childPid})`,
  'process ended': ({ process, childPid, reason }) => `saw ${process} (pid ${childPid}) end: ${reason}`,
  'actor restarting': ({ delayMs }) => `starts it again in ${ms(delayMs)}`,
  'http served': ({ host, port }) => `serves HTTP at ${host}:${port}, described by /v1/openapi.json`,
  'kestrel status set': ({ status, before }) => `is ${status} to Kestrel clients, and was ${before}: one of them said so`,
  'job enqueued': ({ name, tenant, queue, durability }) =>
    `enqueued ${name} for ${tenant} on ${queue}; storage has it (it survives ${survives(String(durability))})`,
  'storage called': ({ verb, items, tookMs }) => (Number(items) > 0 ? stored(String(verb), jobs(items), ms(tookMs)) : ''),
  'job done': ({ name, tenant, tookMs, attempt }) => `performed ${name} for ${tenant} in ${ms(tookMs)} (attempt ${attempt})`,
  'job released': ({ name, tenant, reason, delayMs }) => `put ${name} for ${tenant} back, again in ${ms(delayMs)}: ${reason}`,
  'job buried': ({ name, tenant, reason }) => `gave ${name} for ${tenant} up, see \`tiercel dead ls\`: ${reason}`,
  'drain began': () => '',
  'drain ended': ({ acked, released }) => `performed ${acked} in all and handed ${released} back`,
};

/** By durability; what is not here is told as it is. */
const SURVIVES: Readonly<Record<string, string>> = {
  memory: 'nothing: it is in memory',
  'process-crash': 'a crash of the storage',
  'power-loss': 'a loss of power',
  replicated: 'the loss of a machine',
};

/** What a job of this durability survives, for people. */
export const survives = (durability: string): string => SURVIVES[durability] ?? durability;

/** What one may do now. Without a bracket before it: it is for the reader and not about the process. */
function guide({ nats, socket, namespace, consumers, demo, ownStorage }: Fields): string {
  const job = demo ? `hello_world HelloWorld '{"foo":"bar"}'` : `QUEUE NAME '{"some":"data"}'`;
  const ready = socket
    ? [
        'Ready. In another shell, in this folder:',
        ...(socket === `.tiercel/${namespace}/socket` ? [] : [`  export TIERCEL_SOCKET=${socket}`]),
      ]
    : nats
      ? ['Ready. In another shell:', `  export TIERCEL_NATS_URL=${nats}`]
      : ['Ready, in one process that other shells cannot reach; without --single they can.'];
  const command = [...(namespace === 'tiercel' ? [] : [`  export TIERCEL_NAMESPACE=${namespace}`]), `  npx tiercel enqueue ${job}`];
  return [
    ...ready,
    ...(socket || nats ? command : []),
    ...(consumers === 0 ? ['Nobody performs jobs: that takes --handlers FILE, or --demo.'] : []),
    `Ctrl-C ends it${ownStorage ? ', and its jobs end with it' : ''}.`,
  ].join('\n');
}

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
