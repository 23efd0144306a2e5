import { asTenant, type CommonFlags } from '../connection.js';
import { print } from '../print.js';
import { table } from '../table.js';

export async function ls(flags: CommonFlags): Promise<void> {
  const [queues, whose] = await asTenant(flags, async (tenant) => [await tenant.queues(), tenant.tenant] as const);
  const none = `no queues of tenant ${whose}`;
  const rows = queues.map(({ queue, ready, scheduled, leased, dead, finished }) => [
    queue,
    ready,
    scheduled,
    leased,
    dead,
    finished,
  ]);
  print(flags, queues, () => table(['queue', 'ready', 'scheduled', 'leased', 'dead', 'finished'], rows) || none);
}
