import { realClock } from '@tiercel/actors';
import { jobAsJson, type TenantClient } from '@tiercel/client';
import type { JobView, Served } from '@tiercel/protocol';
import { type CommonFlags, reach } from '../connection.js';
import { pagesOf } from '../pages.js';
import { print } from '../print.js';
import { type Living, rollCall } from '../roll.js';
import { type Cell, table } from '../table.js';

/** Jobs whose holder is shown. */
const SHOWN = '1000';

/** Who lives, and what each holds of the tenant's jobs. */
export async function workers(flags: CommonFlags): Promise<void> {
  const { living, held, tenant, namespace } = await reach(flags, async (reached) => {
    const [heard, leased] = await Promise.all([rollCall(reached, realClock), heldOf(reached.tenant)]);
    return { living: heard, held: leased, tenant: reached.tenant.tenant, namespace: reached.namespace };
  });
  const json = { heard: living !== undefined, processes: living ?? [], held: held.map(jobAsJson) };
  print(flags, json, () => [processes(living, namespace), jobs(held, tenant)].join('\n\n'));
}

const heldOf = (tenant: TenantClient): Promise<readonly JobView[]> => pagesOf('leased', { limit: SHOWN })(tenant);

function processes(living: readonly Living[] | undefined, namespace: string): string {
  if (living === undefined)
    return `This credential may not hear who lives (tiercel.${namespace}._sys.presence); that of the operator may. Holders of jobs are below.`;
  const rows = living.map(({ service, instance, pid, version, leases, serves }) => [
    ...[service, instance, pid, version],
    serves && `${leases} of ${serves.slots}`,
    serves && served(serves),
  ]);
  return (
    table(['service', 'instance', 'pid', 'version', 'holds', 'serves'], rows) ||
    `nobody said in namespace ${namespace} that they live`
  );
}

const served = ({ tenant, queues }: Served): string => `${queues.join(',')}${tenant && ` of tenant ${tenant}`}`;

const jobs = (held: readonly JobView[], tenant: string): string =>
  table(['held by', 'job', 'id', 'queue', 'attempt', 'lease ends'], held.map(rowOf)) || `no job of tenant ${tenant} is held`;

const rowOf = (job: JobView): Cell[] => [job.owner, job.name, job.id, job.queue, job.attempt, jobAsJson(job).at as string];
