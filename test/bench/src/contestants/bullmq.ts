import { Queue, Worker } from 'bullmq';
import { type Contestant, type JobData, type Producer, type Scene, tenantOf, type Watch } from '../contestant.js';
import { installedVersion } from '../installed.js';

const NAME = 'job';

/** BullMQ over ioredis, which it brings as its default client. */
const bullmq: Contestant = {
  name: 'BullMQ',
  version: `bullmq ${installedVersion('bullmq')}`,
  servers: ['redis'],
  produce,
  work,
  settings: [
    'concurrency 100 instead of 1: docs.bullmq.io/guide/workers/concurrency',
    'bulk calls by addBulk: docs.bullmq.io/guide/queues/adding-bulks',
    'tenants are queues with a worker each, which share the concurrency; shares of one queue are for payment: docs.bullmq.io/bullmq-pro/groups',
    'finished jobs are kept, which is its default: docs.bullmq.io/guide/queues/auto-removal-of-jobs',
    "ioredis's automatic pipelines stay off, which is the default: with them jobs were lost sight of (github.com/taskforcesh/bullmq/issues/457)",
  ],
};
export default bullmq;

const connectionOf = ({ ports }: Scene) => ({ host: '127.0.0.1', port: ports.redis });

const queuesOf = ({ tenants }: Scene): string[] => Array.from({ length: tenants }, (_, tenant) => `bench-${tenant}`);

async function produce(scene: Scene): Promise<Producer> {
  const connection = connectionOf(scene);
  const queues = queuesOf(scene).map((name) => new Queue<JobData>(name, { connection }));
  await Promise.all(queues.map((queue) => queue.waitUntilReady()));
  const [first] = queues as [Queue<JobData>, ...Queue<JobData>[]];
  return {
    one: (data) => (queues[tenantOf(data, scene)] ?? first).add(NAME, data),
    many: (all) => first.addBulk(all.map((data) => ({ name: NAME, data }))),
    close: async () => void (await Promise.all(queues.map((queue) => queue.close()))),
  };
}

async function work(scene: Scene, watch: Watch, concurrency: number): Promise<{ close(): Promise<void> }> {
  const handler = async (job: { data: JobData }): Promise<void> => watch.started(job.data);
  const options = { connection: connectionOf(scene), concurrency: Math.max(1, concurrency / scene.tenants) };
  const workers = queuesOf(scene).map((name) => new Worker<JobData>(name, handler, options));
  for (const worker of workers) {
    worker.on('completed', (job) => watch.acked(job.data));
    worker.on('failed', (_job, error) => stop(error));
    worker.on('error', stop);
  }
  await Promise.all(workers.map((worker) => worker.waitUntilReady()));
  return { close: async () => void (await Promise.all(workers.map((worker) => worker.close()))) };
}

/** No job fails and no connection breaks in a measure; one that does must not pass for a slow one. */
function stop(error: Error): never {
  throw error;
}
