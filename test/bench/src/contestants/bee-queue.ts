import BeeQueue from 'bee-queue';
import type { Contestant, JobData, Producer, Servers, Watch } from '../contestant.js';
import { installedVersion } from '../installed.js';

const QUEUE = 'bench';

/** bee-queue over the redis 3 client, which it brings. */
const beeQueue: Contestant = {
  name: 'bee-queue',
  version: `bee-queue ${installedVersion('bee-queue')}`,
  servers: ['redis'],
  produce,
  work,
  settings: [
    'concurrency 100 instead of 1: README of bee-queue, Queue#process',
    'bulk calls by saveAll: README, Creating Jobs',
    'getEvents and sendEvents off, since nobody waits for results: README, Settings; its author on speed, github.com/bee-queue/bee-queue/issues/17',
    'storeJobs off, or every producer keeps every job in memory: README, Settings; github.com/bee-queue/bee-queue/issues/54',
    'isWorker off for the producer: README, Optimizing Redis Connections',
    'finished jobs are kept (removeOnSuccess off), which is its default: README, Settings',
  ],
};
export default beeQueue;

const settingsOf = ({ redisPort }: Servers) => ({
  redis: { host: '127.0.0.1', port: redisPort },
  getEvents: false,
  sendEvents: false,
  storeJobs: false,
  removeOnSuccess: false,
});

async function produce(servers: Servers): Promise<Producer> {
  const queue = new BeeQueue<JobData>(QUEUE, { ...settingsOf(servers), isWorker: false });
  queue.on('error', stop);
  await queue.ready();
  return {
    one: (data) => queue.createJob(data).save(),
    many: (all) => saveAll(queue, all),
    close: () => queue.close(),
  };
}

async function saveAll(queue: BeeQueue<JobData>, all: readonly JobData[]): Promise<void> {
  const refused = await queue.saveAll(all.map((data) => queue.createJob(data)));
  for (const error of refused.values()) throw error;
}

async function work(servers: Servers, watch: Watch, concurrency: number): Promise<{ close(): Promise<void> }> {
  const queue = new BeeQueue<JobData>(QUEUE, settingsOf(servers));
  queue.on('succeeded', (job) => watch.acked(job.data));
  queue.on('failed', (_job, error) => stop(error));
  queue.on('error', stop);
  await queue.ready();
  queue.process(concurrency, async (job) => watch.started(job.data));
  return { close: () => queue.close() };
}

/** No job fails and no connection breaks in a measure; one that does must not pass for a slow one. */
function stop(error: Error): never {
  throw error;
}
