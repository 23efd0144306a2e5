import { jobAsJson, type TenantClient } from '@tiercel/client';
import { fail } from '@tiercel/protocol';
import { asTenant, type CommonFlags } from '../connection.js';
import { print } from '../print.js';
import { jobAsFacts } from '../readable.js';
import { facts } from '../table.js';
import { change } from './change.js';

export async function show(id: string, flags: CommonFlags): Promise<void> {
  const find = async (as: TenantClient) => (await as.inspect(id)) ?? fail('NOT_FOUND', { id, tenant: as.tenant });
  const job = await asTenant(flags, find);
  print(flags, jobAsJson(job), () => facts(jobAsFacts(job)));
}

export async function cancel(id: string, flags: CommonFlags): Promise<void> {
  await change(id, flags, {
    act: (tenant) => tenant.cancel([id]),
    expected: 'ready, scheduled or leased: a job that has ended cannot be cancelled',
    sentence: ({ state }) => (state === 'leased' ? 'runs now and was asked to stop' : 'is cancelled'),
  });
}
