import { Logger, makeWorkerUtils, run } from 'graphile-worker';
import pg from 'pg';
import type { Contestant, JobData, Producer, Scene, Watch } from '../contestant.js';
import { installedVersion } from '../installed.js';
import { postgresUrl } from '../servers/postgres.js';

const TASK = 'bench';
/** Jobs that a worker locks ahead: more than the 500 of its authors' benchmark, as its 24 at once are 100 here. */
const AHEAD = 2_000;
/** Connections of a process; each may be at one query. */
const CONNECTIONS = { producer: 20, worker: 25 };
/** The name of the statements by which it deletes what is done. */
const COMPLETES = /^complete_job/;

const graphileWorker: Contestant = {
  name: 'graphile-worker',
  version: `graphile-worker ${installedVersion('graphile-worker')}`,
  servers: ['postgres'],
  produce,
  work,
  settings: [
    `concurrentJobs 100 instead of 1, localQueue.size ${AHEAD}, completeJobBatchDelay and failJobBatchDelay 0, maxPoolSize ${CONNECTIONS.worker}: worker.graphile.org/docs/performance`,
    'bulk calls by addJobs: worker.graphile.org/docs/library/add-job',
    `${CONNECTIONS.producer} connections for the producer instead of 10`,
    'nothing is logged for a job: worker.graphile.org/docs/library/logger',
    'finished jobs are deleted, which is its only way; a job counts as acknowledged when that was answered',
    'synchronous_commit off, the analogue of everysec: www.postgresql.org/docs/15/wal-async-commit.html',
    'shared_buffers 1GB, max_wal_size 4GB: www.postgresql.org/docs/15/runtime-config-resource.html, www.postgresql.org/docs/15/populate.html',
  ],
  cannot: { T1: 'a queue of its own is performed one job after another, and without one nobody has a share' },
};
export default graphileWorker;

const silent = new Logger(() => () => {});
const poolOf = ({ ports }: Scene, max: number) => new pg.Pool({ connectionString: postgresUrl(ports.postgres), max });

async function produce(scene: Scene): Promise<Producer> {
  const pgPool = poolOf(scene, CONNECTIONS.producer);
  const utils = await makeWorkerUtils({ pgPool, logger: silent });
  await utils.migrate();
  return {
    one: (data) => utils.addJob(TASK, data),
    many: (all) => utils.addJobs(all.map((payload) => ({ identifier: TASK, payload }))),
    async close() {
      await utils.release();
      await pgPool.end();
    },
  };
}

async function work(scene: Scene, watch: Watch, concurrency: number): Promise<{ close(): Promise<void> }> {
  const running = new Map<string, JobData>();
  const pgPool = poolOf(scene, CONNECTIONS.worker);
  pgPool.on('connect', (client) => tellCompleted(client, (id) => acked(id)));

  function acked(id: string): void {
    watch.acked(running.get(id) as JobData);
    running.delete(id);
  }

  const runner = await run({
    pgPool,
    logger: silent,
    noHandleSignals: true,
    preset: {
      worker: {
        concurrentJobs: concurrency,
        maxPoolSize: CONNECTIONS.worker,
        localQueue: { size: AHEAD },
        completeJobBatchDelay: 0,
        failJobBatchDelay: 0,
      },
    },
    taskList: {
      [TASK]: (payload, { job }) => {
        const data = payload as JobData;
        running.set(job.id, data);
        watch.started(data);
      },
    },
  });
  return {
    async close() {
      await runner.stop();
      await pgPool.end();
    },
  };
}

/** It says of no job that its end is stored: that is heard at the connection. */
function tellCompleted(client: pg.PoolClient, completed: (id: string) => void): void {
  const query = client.query.bind(client) as (...args: unknown[]) => unknown;
  client.query = ((...args: unknown[]) => {
    const answered = query(...args);
    const [{ name, values }] = args as [{ name?: string; values?: [string | string[]] }];
    if (name === undefined || !COMPLETES.test(name)) return answered;
    return (answered as Promise<unknown>).then((result) => {
      for (const id of [values?.[0] ?? []].flat()) completed(id);
      return result;
    });
  }) as typeof client.query;
}
