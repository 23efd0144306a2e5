import type { Log, Random } from '@tiercel/actors';
import { realClock } from '@tiercel/actors';
import { TiercelError } from '@tiercel/protocol';
import { Redis } from 'ioredis';
import { addressOf, barePasswordOf } from './address.js';
import { faultOf, isOtherLanguage } from './faults.js';

/** How long each step of opening may take before the server counts as not there. */
const OPEN_MS = 2_000;
/** How long one command may take. What then became of it is unknown. */
const COMMAND_MS = 5_000;
/** A connection that is silent for so long while answers are due is given up for a new one. */
const SILENT_MS = 6_000;
const RETRY_BASE_MS = 100;
const RETRY_MAX_MS = 5_000;

export interface Connection {
  readonly redis: Redis;
  /** `host:port`, for people. */
  readonly address: string;
  close(): Promise<void>;
}

export interface DialOptions {
  /** Of one server. */
  readonly url: string;
  readonly log: Log;
  readonly random: Random;
}

/**
 * Connects. Afterwards reconnects for ever; meanwhile every command fails at once, and none is ever repeated.
 * Throws BAD_CONFIG, STORAGE_UNAVAILABLE or STORAGE_DENIED; the password is in none of them.
 */
export async function dial({ url, log, random }: DialOptions): Promise<Connection> {
  const address = addressOf(url);
  let isOpen = false;
  let refusal: Error | undefined;
  // By name, else the client library passes over a server that wants no password, with a line on the console.
  const redis = new Redis(url.replace('//:', '//default:'), {
    lazyConnect: true,
    protocol: 2,
    enableReadyCheck: false,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    connectTimeout: OPEN_MS,
    commandTimeout: COMMAND_MS,
    socketTimeout: SILENT_MS,
    connectionName: 'tiercel',
    disableClientInfo: true,
    retryStrategy: (times) => (isOpen ? retryMs(times, random) : null),
  });
  redis.on('error', (error: Error) => {
    if (isOpen) log.debug({ address, reason: error.message }, 'storage connection failed');
    else refusal ??= error;
  });
  try {
    await inTime(redis.connect());
    if (refusal) throw refusal;
    await inTime(requirePassword(redis, barePasswordOf(url)));
  } catch (error) {
    redis.disconnect();
    throw openingFault(refusal ?? error, address);
  }
  isOpen = true;
  redis.on('close', () => log.warn({ address }, 'storage connection lost'));
  redis.on('ready', () => log.info({ address }, 'storage connection restored'));
  return { redis, address, close: () => hangUp(redis) };
}

/** What `step` gives, or an error when it takes longer than {@link OPEN_MS}: a server may take connections and say nothing. */
export async function inTime<T>(step: Promise<T>): Promise<T> {
  let settled = () => {};
  const late = new Promise<never>((_, reject) => {
    settled = realClock.after(OPEN_MS, () => reject(new Error(`no answer within ${OPEN_MS} ms`)));
  });
  return Promise.race([step, late]).finally(settled);
}

/** Who gives a password believes that nobody gets in without it. A server that has none says so only when the user is left out. */
async function requirePassword(redis: Redis, password: string | undefined): Promise<void> {
  if (password !== undefined) await redis.call('AUTH', password);
}

/** Full jitter over a growing span, never less than the base: many brokers do not come back in one instant. */
function retryMs(times: number, random: Random): number {
  const spanMs = Math.min(RETRY_MAX_MS, RETRY_BASE_MS * 2 ** Math.min(times, 16));
  return RETRY_BASE_MS + random.next() * (spanMs - RETRY_BASE_MS);
}

/** A server that answers a handshake with an error of its own (no such database, say), or in another language, is not what the URL says. */
function openingFault(error: unknown, address: string): TiercelError {
  if (isOtherLanguage(error)) return new TiercelError('BAD_CONFIG', { address, reason: 'what answers there is no Redis' });
  const fault = faultOf(error, { address });
  return fault.code === 'INTERNAL' ? new TiercelError('BAD_CONFIG', fault.facts) : fault;
}

async function hangUp(redis: Redis): Promise<void> {
  redis.removeAllListeners('close');
  redis.removeAllListeners('ready');
  try {
    await inTime(redis.quit());
  } catch {
    // Not connected now, or it hangs: there is nothing to wait for.
  }
  redis.disconnect();
}
