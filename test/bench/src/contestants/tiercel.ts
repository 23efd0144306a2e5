import { fileURLToPath } from 'node:url';
import { BROKER_FLAGS } from '@tiercel/host';
import { defineJob, Tiercel } from 'tiercel';
import { type Contestant, type JobData, type Scene, tenantOf } from '../contestant.js';
import { installedVersion } from '../installed.js';
import { JOB, QUEUE } from '../tiercel-names.js';

const TENANT = 'bench';
type OneTenant = ReturnType<Tiercel['tenant']>;

const pathOf = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
const service = (name: string): string => pathOf(`../../../../services/${name}/dist/main.js`);
const natsUrl = ({ ports }: Scene): string => `nats://127.0.0.1:${ports.nats}`;
/** A service ends with the process that started it. */
const common = (scene: Scene) => ({ TIERCEL_NATS_URL: natsUrl(scene), TIERCEL_PARENT: String(process.pid) });

/** As users run it: an application that enqueues, the broker-adapter and the consumer as they are, one each. */
const tiercel: Contestant = {
  name: 'tiercel',
  version: `tiercel ${installedVersion('tiercel')}`,
  servers: ['redis', 'nats'],
  async produce(scene) {
    const installation = await Tiercel.connect({ nats: natsUrl(scene) });
    const tenants = Array.from({ length: scene.tenants }, (_, tenant) => installation.tenant(`${TENANT}-${tenant}`));
    const [first] = tenants as [OneTenant, ...OneTenant[]];
    const job = defineJob(JOB, { queue: QUEUE }, () => {});
    return {
      one: (data) => (tenants[tenantOf(data, scene)] ?? first).enqueue(job, data),
      many: async (all: readonly JobData[]) => {
        for (const answer of await first.enqueueMany(job, all)) if (answer.status === 'rejected') throw answer.reason;
      },
      close: () => installation.close(),
    };
  },
  work: {
    program: (scene, concurrency) => ({
      file: service('consumer'),
      env: { ...common(scene), TIERCEL_HANDLERS: pathOf('../tiercel-handlers.js'), TIERCEL_CONCURRENCY: String(concurrency) },
    }),
  },
  serve: {
    program: (scene) => ({
      file: service('broker-adapter'),
      env: { ...common(scene), TIERCEL_STORE: `redis://127.0.0.1:${scene.ports.redis}` },
    }),
  },
  nodeFlags: BROKER_FLAGS,
  settings: ['concurrency 100 instead of 10, as for all'],
};

export default tiercel;
