import { fail } from '@tiercel/protocol';
import { asTenant, type CommonFlags } from '../connection.js';
import { print } from '../print.js';
import { jobAsFacts, jobAsJson } from '../readable.js';
import { facts } from '../table.js';
import { changed } from './change.js';

export async function show(id: string, flags: CommonFlags): Promise<void> {
  const job = (await asTenant(flags, (tenant) => tenant.inspect(id))) ?? fail('NOT_FOUND', { id });
  print(flags, jobAsJson(job), () => facts(jobAsFacts(job)));
}

export async function cancel(id: string, flags: CommonFlags): Promise<void> {
  const verdicts = await asTenant(flags, (tenant) => tenant.cancel([id]));
  changed(flags, id, verdicts, ({ state }) => (state === 'leased' ? 'runs now and was asked to stop' : 'is cancelled'));
}
