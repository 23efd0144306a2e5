import type { Clock, Log } from '@tiercel/actors';
import type { Client } from '@tiercel/client';
import type { HttpDoor, HttpObserver } from '@tiercel/doors';
import { addressOf, type Config } from '@tiercel/host';

/** What a producer is told of its HTTP door. */
export const SERVES_HTTP = ['http', 'httpTokens', 'httpRatePerSec'] as const;

/** For the client of a door: less than the door waits for an answer, so that what was refused is told as what it is. */
export const HTTP_RETRY_MS = 10_000;

export interface ServeHttpOptions {
  readonly client: Client;
  readonly config: Pick<Config, (typeof SERVES_HTTP)[number]>;
  readonly clock: Clock;
  readonly log: Log;
  readonly observe?: HttpObserver;
}

/** The HTTP door where the configuration asks for one. Throws BAD_CONFIG. */
export async function serveHttp({ config, ...parts }: ServeHttpOptions): Promise<HttpDoor | undefined> {
  const address = config.http === undefined ? undefined : addressOf(config.http);
  if (address === undefined) return undefined;
  const { openHttpDoor } = await import('@tiercel/doors'); // who opens none loads no framework
  return openHttpDoor({ ...parts, ...address, tokens: config.httpTokens, ratePerSec: config.httpRatePerSec });
}
