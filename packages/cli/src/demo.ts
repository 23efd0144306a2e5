import type { Log } from '@tiercel/actors';
import type { Client } from '@tiercel/client';
import { decodeData, type JobView } from '@tiercel/protocol';
import { oneLine } from './readable.js';
import { table } from './table.js';

export interface DemoOptions {
  readonly client: Client;
  readonly tenants: readonly string[];
  readonly log: Log;
  /** Takes the table. */
  readonly write: (text: string) => void;
}

const JOB = { queue: 'hello_world', name: 'HelloWorld', data: { foo: 'bar' } };
/** How long the demo waits for its jobs. */
const DONE_MS = 60_000;

/** Enqueues the article's job for each tenant, waits, and writes a table of what became of them. 0 when all were done, else 1. */
export async function runDemo({ client, tenants, log, write }: DemoOptions): Promise<number> {
  const jobs = await Promise.all(tenants.map((tenant) => performOne(client, tenant, log)));
  write(`\n${table(['tenant', 'job', 'id', 'state', 'attempts', 'result', 'took'], jobs.map(rowOf))}\n\n`);
  return jobs.every(({ state }) => state === 'completed') ? 0 : 1;
}

async function performOne(client: Client, name: string, log: Log): Promise<JobView> {
  const tenant = client.tenant(name);
  const { id, durability } = await tenant.enqueue(JOB);
  log.info({ tenant: name, queue: JOB.queue, name: JOB.name, jobId: id, durability }, 'job enqueued');
  return tenant.wait(id, { timeoutMs: DONE_MS });
}

function rowOf({ tenant, name, id, state, attempt, result, reason, createdAtMs, atMs }: JobView) {
  const end = result ? oneLine(decodeData(result)) : reason;
  return [tenant, name, id, state, attempt, end, `${atMs - createdAtMs} ms`];
}
