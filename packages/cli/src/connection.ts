import { type Clock, createSystem, realClock, realRandom, silentLog, type Undo } from '@tiercel/actors';
import { createClient, type TenantClient } from '@tiercel/client';
import { hideSecrets, readConfig } from '@tiercel/host';
import { connectNats } from '@tiercel/nats';
import {
  asTiercelError,
  type BrokerProtocol,
  brokerCodec,
  brokerPath,
  fail,
  type Presence,
  type SysProtocol,
  sysCodec,
  sysPath,
  TiercelError,
} from '@tiercel/protocol';

/** Flags that every command takes. */
export interface CommonFlags {
  readonly tenant?: string;
  readonly nats?: string;
  readonly namespace?: string;
  readonly json?: boolean;
}

/** An installation as a command sees it. */
export interface Reached {
  readonly tenant: TenantClient;
  readonly namespace: string;
  /** What carries the messages, for people and without secrets. */
  readonly wire: string;
  /** What was thrown while it was asked, with what tells a server without a broker from no server. */
  explain(error: unknown): TiercelError;
  /** Hears every sign of life from now on; returns the undo. Throws ACCESS_DENIED where the credential may not. */
  listen(onSign: (sign: Presence) => void): Promise<() => Promise<void>>;
}

const FIRST_CONNECT_MS = 2_000;
/** How long a command waits; the client itself would repeat for a minute. */
const ANSWER_MS = 5_000;
const DEFAULT_TENANT = 'dev';

/**
 * Connects as a tenant, acts, and closes. Throws as {@link reach} does, and NO_ANSWER after `waitMs`, 5,000 by default, when nobody answers
 * behind the server.
 */
export function asTenant<T>(flags: CommonFlags, act: (tenant: TenantClient) => Promise<T>, waitMs: number = ANSWER_MS): Promise<T> {
  return reach(flags, ({ tenant }) => within(realClock, tenant, act, waitMs));
}

/**
 * Connects, acts, and closes; without a URL to the NATS of a `tiercel dev` that runs in this folder. Throws UNREACHABLE within two seconds
 * without a server, and that with the tenant among its facts when no broker serves it.
 */
export async function reach<T>(given: CommonFlags, act: (reached: Reached) => Promise<T>): Promise<T> {
  const flags = { ...(await foundNats()), ...whereOf(given) };
  const { nats, namespace } = readConfig(['nats', 'namespace', 'tenant'], { env: process.env, flags });
  const tenant = tenantOf(given);
  const ports = { clock: realClock, random: realRandom, log: silentLog };
  const transport = await connectNats({ url: nats, name: `tiercel-${process.pid}`, firstConnectMs: FIRST_CONNECT_MS, ...ports });
  const system = createSystem({ name: 'tiercel', transport, ...ports });
  const client = createClient({ broker: (of) => system.ref<BrokerProtocol>(brokerPath(namespace, of), brokerCodec), ...ports });
  const listen: Reached['listen'] = (onSign) => {
    const ear = system.spawn<SysProtocol>({ name: 'ear', actor: () => ({ alive: onSign, nudge() {}, gone() {} }) });
    return system.serve(sysPath(namespace, 'presence'), ear, sysCodec);
  };
  const url = hideSecrets(nats);
  const explain: Reached['explain'] = (error) => {
    const known = asTiercelError(error);
    if (known.code !== 'UNREACHABLE' || known.facts.url !== undefined) return known; // with a URL the connection is gone
    return new TiercelError('UNREACHABLE', { url, namespace, tenant }, error);
  };
  try {
    const wire = `NATS ${transport.server} at ${url}`;
    return await act({ tenant: client.tenant(tenant), namespace, wire, explain, listen });
  } catch (error) {
    throw explain(error);
  } finally {
    client.close();
    await system.stop();
    await transport.close();
  }
}

/** For whom a command speaks. Throws BAD_CONFIG. */
export const tenantOf = (given: CommonFlags): string =>
  readConfig(['nats', 'namespace', 'tenant'], { env: process.env, flags: whereOf(given) }).tenant ?? DEFAULT_TENANT;

/** Of the flags of a command those that say whose and where. */
const whereOf = ({ nats, namespace, tenant }: CommonFlags): Record<string, string> => ({
  ...(nats === undefined ? {} : { nats }),
  ...(namespace === undefined ? {} : { namespace }),
  ...(tenant === undefined ? {} : { tenant }),
});

/** Goes before the default only. */
async function foundNats(): Promise<{ nats?: string }> {
  if (process.env.TIERCEL_NATS_URL) return {};
  const { findNatsUrl } = await import('@tiercel/supervisor');
  const { dataDir } = readConfig(['dataDir'], { env: process.env, flags: {} });
  const nats = await findNatsUrl(dataDir);
  return nats ? { nats } : {};
}

/** When the answer takes too long, a request that is not repeated tells why. */
async function within<T>(
  clock: Clock,
  tenant: TenantClient,
  act: (tenant: TenantClient) => Promise<T>,
  waitMs: number,
): Promise<T> {
  const late = Symbol('late');
  let undo: Undo = () => {};
  const tooLate = new Promise<typeof late>((resolve) => {
    undo = clock.after(waitMs, () => resolve(late));
  });
  const answer = act(tenant);
  answer.catch(() => {}); // what a late answer says, nobody waits for any more
  const first = await Promise.race([answer, tooLate]).finally(() => undo());
  if (first !== late) return first;
  await tenant.queues();
  return fail('NO_ANSWER', { waitedMs: waitMs });
}
