import { type Job, PgBoss } from 'pg-boss';
import { type Contestant, type JobData, type Producer, type Scene, tenantOf, type Watch } from '../contestant.js';
import { installedVersion } from '../installed.js';
import { postgresUrl } from '../servers/postgres.js';

/** Jobs that a loop fetches at once, and loops. */
const FETCH = { jobs: 2_000, loops: 2 };
const CONNECTIONS = 20;
const COMPLETES = "'completed'";

const pgBoss: Contestant = {
  name: 'pg-boss',
  version: `pg-boss ${installedVersion('pg-boss')}`,
  servers: ['postgres'],
  produce,
  work,
  settings: [
    `a handler is given up to ${FETCH.jobs} jobs and settles them together, ${FETCH.loops} loops, fetching on while fetches are full (batchSize, localConcurrency, burstWhenBatchFull): pgboss.io/api/workers`,
    'workers are woken by NOTIFY (notify, useListenNotify): pgboss.io/api/constructor, pgboss.io/api/queues',
    'bulk calls by insert: pgboss.io/api/jobs',
    `${CONNECTIONS} connections a process instead of 10: pgboss.io/api/constructor`,
    'finished jobs are kept, which is its default; a job counts as acknowledged when that was answered',
    'tenants are queues with workers of their own: pgboss.io/api/queues',
    'synchronous_commit off, the analogue of everysec: www.postgresql.org/docs/15/wal-async-commit.html',
    'shared_buffers 1GB, max_wal_size 4GB: www.postgresql.org/docs/15/runtime-config-resource.html, www.postgresql.org/docs/15/populate.html',
  ],
};
export default pgBoss;

const queueOf = (tenant: number): string => `bench-${tenant}`;

async function open({ ports }: Scene): Promise<PgBoss> {
  const boss = new PgBoss({ connectionString: postgresUrl(ports.postgres), max: CONNECTIONS, useListenNotify: true });
  boss.on('error', (error) => {
    throw error;
  });
  await boss.start();
  return boss;
}

async function produce(scene: Scene): Promise<Producer> {
  const boss = await open(scene);
  for (let tenant = 0; tenant < scene.tenants; tenant++) await boss.createQueue(queueOf(tenant), { notify: true });
  return {
    one: (data) => boss.send(queueOf(tenantOf(data, scene)), data),
    many: (all) =>
      boss.insert(
        queueOf(0),
        all.map((data) => ({ data })),
      ),
    close: () => boss.stop({ graceful: false }),
  };
}

async function work(scene: Scene, watch: Watch): Promise<{ close(): Promise<void> }> {
  const boss = await open(scene);
  const running = new Map<string, JobData>();
  tellCompleted(boss, (id) => {
    const data = running.get(id);
    if (data && running.delete(id)) watch.acked(data);
  });
  const perform = async (jobs: Job<JobData>[]): Promise<void> => {
    for (const { id, data } of jobs) {
      running.set(id, data);
      watch.started(data);
    }
  };
  const { jobs: batchSize, loops: localConcurrency } = scene.tenants === 1 ? FETCH : { ...FETCH, loops: 1 };
  const options = { batchSize, localConcurrency, burstWhenBatchFull: true, pollingIntervalSeconds: 0.5 };
  for (let tenant = 0; tenant < scene.tenants; tenant++) await boss.work<JobData>(queueOf(tenant), options, perform);
  return { close: () => boss.stop({ graceful: false }) };
}

/** It says of no job that its end is stored: that is heard where it asks its database. */
function tellCompleted(boss: PgBoss, completed: (id: string) => void): void {
  const db = boss.getDb();
  const execute = db.executeSql.bind(db);
  db.executeSql = async (sql: string, values?: unknown[]) => {
    const result = await execute(sql, values);
    const ids = values?.[1];
    if (sql.includes(COMPLETES) && Array.isArray(ids)) for (const id of ids as string[]) completed(id);
    return result;
  };
}
