import type { Clock, Log } from '@tiercel/actors';
import type { Client } from '@tiercel/client';
import type { Config } from '@tiercel/host';
import { runDemo } from './demo.js';
import { runLoad } from './load.js';

/** What a producer is told to make up. */
export const PRODUCES = ['tenants', 'produceTo', 'jobName', 'ratePerSec', 'count', 'demo', 'once'] as const;

export interface ProduceOptions {
  readonly client: Client;
  readonly config: Pick<Config, (typeof PRODUCES)[number]>;
  /** Makes up no more. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly log: Log;
  readonly write: (text: string) => void;
}

/** The demo, or load, or nothing: what the configuration says. Resolves with an exit code. */
export async function produce({ client, config, signal, clock, log, write }: ProduceOptions): Promise<number> {
  const { tenants, demo, ratePerSec, count, produceTo: queue, jobName: name } = config;
  if (demo) return runDemo({ client, tenants, log, write });
  if (ratePerSec > 0) return runLoad({ client, tenants, queue, name, ratePerSec, count, signal, clock, log, write });
  return 0;
}
