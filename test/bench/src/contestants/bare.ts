import { BROKER_FLAGS } from '@tiercel/host';
import { serve } from '../bare/broker.js';
import { work } from '../bare/consumer.js';
import { produce } from '../bare/producer.js';
import type { Contestant } from '../contestant.js';
import { installedVersion } from '../installed.js';

/**
 * The limit of Tiercel's shape on this machine: producer → NATS → broker → Redis → NATS → consumer → ack, in batches, with nothing around
 * it: no leases that end, no retries, no limits, no checks, and none of Tiercel's code.
 */
const bare: Contestant = {
  name: 'bare loop',
  version: `nats ${installedVersion('nats')}, ioredis ${installedVersion('ioredis')}, msgpackr ${installedVersion('msgpackr')}`,
  servers: ['redis', 'nats'],
  nodeFlags: BROKER_FLAGS,
  produce,
  work,
  serve,
  cannot: {
    T1: 'it has no tenants',
    ...Object.fromEntries(
      ['S1-1b2', 'S1-2b2', 'S1-4b2'].map((name) => [name, 'its acknowledgements rest on the order of one broker']),
    ),
  },
  settings: [
    'single calls of one turn of the event loop travel as one message, a bulk call as one message',
    'the broker hands messages on unopened: Redis opens and makes them, one script call per message',
    'finished jobs are kept with their payload',
    'its broker has the flags of node that that of Tiercel is started with',
  ],
};
export default bare;
