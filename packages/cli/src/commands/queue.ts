import { asTenant, type CommonFlags } from '../connection.js';
import { print } from '../print.js';
import { table } from '../table.js';

export async function ls(flags: CommonFlags): Promise<void> {
  const queues = await asTenant(flags, (tenant) => tenant.queues());
  const rows = queues.map(({ queue, ready, scheduled, leased, dead, finished }) => [
    queue,
    ready,
    scheduled,
    leased,
    dead,
    finished,
  ]);
  print(flags, queues, () => table(['queue', 'ready', 'scheduled', 'leased', 'dead', 'finished'], rows) || 'no queues');
}
