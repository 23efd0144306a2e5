import { type Ref, realClock, realRandom } from '@tiercel/actors';
import { type BrokerProtocol, type EnqueueBatch, jobsOf } from '@tiercel/protocol';
import { openStore } from './open-store.js';
import { Performer } from './performer.js';
import { syncClients } from './sync-client.js';
import { type Common, type EmbeddedOptions, embed, type Wiring } from './wiring.js';

/** How a program names it, where others name a storage. */
export const SYNC = 'sync:';

/**
 * For tests: jobs are kept in memory and performed by whoever enqueues them. All but the performing is as in an embedded installation,
 * so queues, dead letters, limits and pauses are the real ones.
 */
export async function wireSync({
  requireDurability,
  ...common
}: Common & Pick<EmbeddedOptions, 'requireDurability'>): Promise<Wiring> {
  const { namespace, log } = common;
  const store = await openStore({ url: 'memory:', namespace, shards: 1, requireDurability, log });
  const performer = new Performer({ store, owner: common.name, random: realRandom });
  const wiring = await embed(store, { ...common, clock: realClock, random: realRandom }, {});
  return { ...wiring, performer, client: syncClients(performer), broker: (tenant) => atOnce(wiring.broker(tenant), performer) };
}

/** No job waits for its time, and what became ready again is performed before the answer. */
function atOnce(broker: Ref<BrokerProtocol>, performer: Performer): Ref<BrokerProtocol> {
  return {
    path: broker.path,
    tell: (kind, body, topic) => broker.tell(kind, body, topic),
    async ask(kind, body, options) {
      const reply = await broker.ask(kind, kind === 'enqueue' ? (undelayed(body as EnqueueBatch) as typeof body) : body, options);
      if (kind === 'revive' || kind === 'control') await performer.performAll();
      return reply;
    },
  };
}

const undelayed = (batch: EnqueueBatch): EnqueueBatch => ({ jobs: jobsOf(batch).map((job) => ({ ...job, delayMs: 0, atMs: 0 })) });
