import { fail, type PurgeQuery } from '@tiercel/protocol';
import type { Place } from './form.js';
import type { Parts } from './parts.js';

const PLACES: Readonly<Partial<Record<PurgeQuery['states'][number], Place>>> = {
  ready: 'ready',
  dead: 'dead',
  quarantined: 'quarantine',
};

/**
 * Empties queues as a whole, whatever the limit, and says how many items servers told of. What is open stays. Throws NOT_SUPPORTED where a queue is several tenants', or
 * none is named.
 */
export async function purge({ servers, form }: Parts, tenant: string, { queue, states }: PurgeQuery) {
  if (form.mixed || queue === '') fail('NOT_SUPPORTED', { driver: 'kestrel', capability: 'purging' });
  await servers.look();
  const places = states.flatMap((state) => PLACES[state] ?? []);
  const names = places.map((place) => form.nameOf({ tenant, queue }, place));
  const removed = names.reduce((sum, name) => sum + servers.waiting(name), 0);
  for (const name of names) await servers.flush(name);
  return { removed, more: false };
}
