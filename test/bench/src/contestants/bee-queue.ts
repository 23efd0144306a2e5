import BeeQueue from 'bee-queue';
import { type Contestant, type JobData, type Producer, type Scene, tenantOf, type Watch } from '../contestant.js';
import { installedVersion } from '../installed.js';

/** bee-queue over the redis 3 client, which it brings. */
const beeQueue: Contestant = {
  name: 'bee-queue',
  version: `bee-queue ${installedVersion('bee-queue')}`,
  servers: ['redis'],
  produce,
  work,
  settings: [
    'concurrency 100 instead of 1: github.com/bee-queue/bee-queue#queueprocessconcurrency-handler',
    'bulk calls by saveAll: github.com/bee-queue/bee-queue#queuesavealljobs',
    'getEvents and sendEvents off, since nobody waits for results: github.com/bee-queue/bee-queue#settings, github.com/bee-queue/bee-queue/issues/17',
    'storeJobs off, or every producer keeps every job in memory: github.com/bee-queue/bee-queue#settings, github.com/bee-queue/bee-queue/issues/54',
    'isWorker off for the producer: github.com/bee-queue/bee-queue#optimizing-redis-connections',
    'tenants are queues with a worker each, which share the concurrency: github.com/bee-queue/bee-queue#queue',
    'finished jobs are kept (removeOnSuccess off), which is its default: github.com/bee-queue/bee-queue#settings',
  ],
};
export default beeQueue;

const settingsOf = ({ ports }: Scene) => ({
  redis: { host: '127.0.0.1', port: ports.redis },
  getEvents: false,
  sendEvents: false,
  storeJobs: false,
  removeOnSuccess: false,
});

const queuesOf = ({ tenants }: Scene): string[] => Array.from({ length: tenants }, (_, tenant) => `bench-${tenant}`);

async function produce(scene: Scene): Promise<Producer> {
  const settings = { ...settingsOf(scene), isWorker: false };
  const queues = queuesOf(scene).map((name) => new BeeQueue<JobData>(name, settings));
  for (const queue of queues) queue.on('error', stop);
  await Promise.all(queues.map((queue) => queue.ready()));
  const [first] = queues as [BeeQueue<JobData>, ...BeeQueue<JobData>[]];
  return {
    one: (data) => (queues[tenantOf(data, scene)] ?? first).createJob(data).save(),
    many: (all) => saveAll(first, all),
    close: () => closeAll(queues),
  };
}

async function saveAll(queue: BeeQueue<JobData>, all: readonly JobData[]): Promise<void> {
  const refused = await queue.saveAll(all.map((data) => queue.createJob(data)));
  for (const error of refused.values()) throw error;
}

async function work(scene: Scene, watch: Watch, concurrency: number): Promise<{ close(): Promise<void> }> {
  const queues = queuesOf(scene).map((name) => new BeeQueue<JobData>(name, settingsOf(scene)));
  for (const queue of queues) {
    queue.on('succeeded', (job) => watch.acked(job.data));
    queue.on('failed', (_job, error) => stop(error));
    queue.on('error', stop);
    await queue.ready();
    queue.process(Math.max(1, concurrency / scene.tenants), async (job) => watch.started(job.data));
  }
  return { close: () => closeAll(queues) };
}

async function closeAll(queues: readonly BeeQueue<JobData>[]): Promise<void> {
  await Promise.all(queues.map((queue) => queue.close()));
}

/** No job fails and no connection breaks in a measure; one that does must not pass for a slow one. */
function stop(error: Error): never {
  throw error;
}
