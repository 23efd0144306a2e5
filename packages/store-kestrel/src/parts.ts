import type { StoreEvent } from '@tiercel/store';
import type { Form } from './form.js';
import type { Kept } from './kept.js';
import type { Leases } from './lease.js';
import type { ReadPool } from './read-pool.js';
import type { Returns } from './returns.js';
import type { Servers } from './servers.js';
import type { Settled } from './settled.js';
import type { Tokens } from './tokens.js';

/** What the verbs work with. */
export interface Parts {
  readonly servers: Servers;
  readonly pool: ReadPool;
  readonly form: Form;
  readonly returns: Returns;
  readonly kept: Kept;
  readonly leases: Leases;
  readonly settled: Settled;
  readonly tokens: Tokens;
  readonly onEvent: (event: StoreEvent) => void;
}
