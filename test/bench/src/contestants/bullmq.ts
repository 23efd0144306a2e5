import { Queue, Worker } from 'bullmq';
import type { Contestant, JobData, Producer, Servers, Watch } from '../contestant.js';
import { installedVersion } from '../installed.js';

const QUEUE = 'bench';
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
    'finished jobs are kept, which is its default: docs.bullmq.io/guide/queues/auto-removal-of-jobs',
    "ioredis's automatic pipelines stay off, which is the default: with them jobs were lost sight of (github.com/taskforcesh/bullmq/issues/457)",
  ],
};
export default bullmq;

const connectionOf = ({ redisPort }: Servers) => ({ host: '127.0.0.1', port: redisPort });

async function produce(servers: Servers): Promise<Producer> {
  const queue = new Queue<JobData>(QUEUE, { connection: connectionOf(servers) });
  await queue.waitUntilReady();
  return {
    one: (data) => queue.add(NAME, data),
    many: (all) => queue.addBulk(all.map((data) => ({ name: NAME, data }))),
    close: () => queue.close(),
  };
}

async function work(servers: Servers, watch: Watch, concurrency: number): Promise<{ close(): Promise<void> }> {
  const handler = async (job: { data: JobData }): Promise<void> => watch.started(job.data);
  const worker = new Worker<JobData>(QUEUE, handler, { connection: connectionOf(servers), concurrency });
  worker.on('completed', (job) => watch.acked(job.data));
  worker.on('failed', (_job, error) => stop(error));
  worker.on('error', stop);
  await worker.waitUntilReady();
  return { close: () => worker.close() };
}

/** No job fails and no connection breaks in a measure; one that does must not pass for a slow one. */
function stop(error: Error): never {
  throw error;
}
