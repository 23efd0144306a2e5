import { Connection, type Reply } from '../beanstalkd/connection.js';
import { type Contestant, type JobData, type Producer, type Scene, tenantOf, type Watch } from '../contestant.js';

/** Connections of a worker, and jobs that each holds at once. */
const CONNECTIONS = 2;
/** Seconds until a job that was reserved goes to somebody else: beanstalkd has no default. */
const TTR = 60;

const beanstalkd: Contestant = {
  name: 'beanstalkd',
  version: 'a client written here',
  servers: ['beanstalkd'],
  produce,
  work,
  settings: [
    'a log on disk, synced every second, as Redis (-b, -f 1000): github.com/beanstalkd/beanstalkd/blob/master/doc/beanstalkd.1',
    `commands without waiting for each reply; a worker has ${CONNECTIONS} connections, which each delete what is done and reserve the next in one write: github.com/beanstalkd/beanstalkd/blob/master/doc/protocol.txt`,
    'bulk calls are puts in one write: it has no other',
    'tenants are tubes, and a worker watches them all: github.com/beanstalkd/beanstalkd/blob/master/doc/protocol.txt',
  ],
};
export default beanstalkd;

const tubeOf = (tenant: number): string => `bench-${tenant}`;
const tubes = ({ tenants }: Scene): string[] => Array.from({ length: tenants }, (_, tenant) => tubeOf(tenant));

async function produce(scene: Scene): Promise<Producer> {
  const connection = await Connection.open(scene.ports.beanstalkd);
  let tube = '';
  /** The tube that puts go to is the connection's. */
  const put = async (data: JobData): Promise<void> => {
    const wanted = tubeOf(tenantOf(data, scene));
    if (wanted !== tube) {
      tube = wanted;
      void connection.ask(`use ${tube}`);
    }
    expectLine(await connection.ask(`put 0 0 ${TTR}`, JSON.stringify(data)), 'INSERTED');
  };
  return {
    one: put,
    many: (all) => Promise.all(all.map(put)),
    close: async () => connection.close(),
  };
}

async function work(scene: Scene, watch: Watch, concurrency: number): Promise<{ close(): Promise<void> }> {
  const connections = await Promise.all(Array.from({ length: CONNECTIONS }, () => Connection.open(scene.ports.beanstalkd)));
  let closed = false;
  await Promise.all(connections.flatMap((connection) => tubes(scene).map((tube) => connection.ask(`watch ${tube}`))));
  for (const connection of connections) {
    void perform(connection, watch, Math.floor(concurrency / CONNECTIONS)).catch((error) => {
      if (!closed) throw error;
    });
  }
  return {
    async close() {
      closed = true;
      for (const connection of connections) connection.close();
    },
  };
}

/** In turns: what is done is deleted, one job is waited for and whatever else is there is taken with it. */
async function perform(connection: Connection, watch: Watch, atOnce: number): Promise<never> {
  for (;;) {
    const reserves = [connection.ask('reserve')];
    for (let more = 1; more < atOnce; more++) reserves.push(connection.ask('reserve-with-timeout 0'));
    for (const reserved of reserves) await run(connection, watch, await reserved);
  }
}

/** The deletes of a turn go out together with the reserves of the next, as they are not waited for. */
function run(connection: Connection, watch: Watch, { line, body }: Reply): void {
  if (line === 'TIMED_OUT') return;
  const id = /^RESERVED (\d+)/.exec(line)?.[1];
  if (id === undefined || body === undefined) throw new Error(`expected RESERVED, beanstalkd said ${line}`);
  const data = JSON.parse(body.toString()) as JobData;
  watch.started(data);
  void connection.ask(`delete ${id}`).then((reply) => {
    expectLine(reply, 'DELETED');
    watch.acked(data);
  });
}

function expectLine({ line }: Reply, wanted: string): void {
  if (!line.startsWith(wanted)) throw new Error(`expected ${wanted}, beanstalkd said ${line}`);
}
