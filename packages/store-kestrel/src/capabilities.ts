import type { Capabilities } from '@tiercel/store';

/** What queues that only know set, open and close are good for. */
export const KESTREL_CAPABILITIES: Capabilities = Object.freeze({
  driver: 'kestrel',
  delay: false,
  priorities: false,
  fencing: true,
  duplicateIds: false,
  listing: false,
  settings: false,
  pausing: false,
  limits: false,
  purging: false,
  counters: false,
  quarantine: false,
  fanout: false,
  headRetries: false,
  sharedLeases: false,
  sharding: false,
});
