// Sends jobs of two tenants through an installation and shows what became of them:
//   docker compose -f deploy/compose.yaml run --rm demo
import { Tiercel } from 'tiercel';
import { helloWorld, never, second } from './handlers/jobs.mjs';

const TENANTS = ['dev', 'acme'];
const JOBS = [...Array(4).fill(helloWorld), second, never];

const tiercel = await Tiercel.connect();
const jobs = await Promise.all(
  TENANTS.flatMap((tenant) => JOBS.map((job, at) => tiercel.tenant(tenant).enqueue(job, { foo: `${tenant} ${at + 1}` }))),
);
for (const job of jobs) await job.result().catch(() => {}); // what failed is in the table
const ended = await Promise.all(
  jobs.map(async (job) => ({ tenant: job.tenant, durability: job.durability, ...(await job.status()) })),
);
await tiercel.close();

console.table(
  ended.map(({ tenant, name, state, attempt, reason, durability }) => ({ tenant, name, state, attempt, reason, durability })),
);
const asExpected = ended.every(({ name, state }) => state === (name === 'Never' ? 'dead' : 'completed'));
process.exitCode = asExpected ? 0 : 1;
