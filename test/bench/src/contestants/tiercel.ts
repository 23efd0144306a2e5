import { fileURLToPath } from 'node:url';
import { BROKER_FLAGS } from '@tiercel/host';
import { defineJob, Tiercel } from 'tiercel';
import type { Contestant, JobData, Servers } from '../contestant.js';
import { installedVersion } from '../installed.js';
import { JOB, QUEUE } from '../tiercel-names.js';

const TENANT = 'bench';

const pathOf = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
const service = (name: string): string => pathOf(`../../../../services/${name}/dist/main.js`);
const natsUrl = ({ natsPort }: Servers): string => `nats://127.0.0.1:${natsPort}`;
/** A service ends with the process that started it. */
const common = (servers: Servers) => ({ TIERCEL_NATS_URL: natsUrl(servers), TIERCEL_PARENT: String(process.pid) });

/** As users run it: an application that enqueues, the broker-adapter and the consumer as they are, one each. */
const tiercel: Contestant = {
  name: 'tiercel',
  version: `tiercel ${installedVersion('tiercel')}`,
  servers: ['redis', 'nats'],
  async produce(servers) {
    const installation = await Tiercel.connect({ nats: natsUrl(servers) });
    const bench = installation.tenant(TENANT);
    const job = defineJob(JOB, { queue: QUEUE }, () => {});
    return {
      one: (data) => bench.enqueue(job, data),
      many: async (all: readonly JobData[]) => {
        for (const answer of await bench.enqueueMany(job, all)) if (answer.status === 'rejected') throw answer.reason;
      },
      close: () => installation.close(),
    };
  },
  work: {
    program: (servers, concurrency) => ({
      file: service('consumer'),
      env: { ...common(servers), TIERCEL_HANDLERS: pathOf('../tiercel-handlers.js'), TIERCEL_CONCURRENCY: String(concurrency) },
    }),
  },
  serve: {
    program: (servers) => ({
      file: service('broker-adapter'),
      env: { ...common(servers), TIERCEL_STORE: `redis://127.0.0.1:${servers.redisPort}` },
    }),
  },
  nodeFlags: BROKER_FLAGS,
  settings: ['concurrency 100 instead of 10, as for all'],
};

export default tiercel;
