import { type Clock, createSystem, realClock, realRandom, silentLog } from '@tiercel/actors';
import { createClient, type TenantClient } from '@tiercel/client';
import { hideSecrets, readConfig } from '@tiercel/host';
import { connectNats } from '@tiercel/nats';
import { asTiercelError, type BrokerProtocol, brokerCodec, brokerPath, fail } from '@tiercel/protocol';
import { findNatsUrl } from '@tiercel/supervisor';

/** Flags that every command takes. */
export interface CommonFlags {
  readonly tenant?: string;
  readonly nats?: string;
  readonly namespace?: string;
  readonly json?: boolean;
}

const FIRST_CONNECT_MS = 2_000;
/** How long a command waits; the client itself would repeat for a minute. */
const ANSWER_MS = 5_000;
const DEFAULT_TENANT = 'dev';

/**
 * Connects as a tenant, acts, and closes; without a URL to the NATS of a `tiercel dev` that runs in this folder. Throws UNREACHABLE within
 * two seconds without a server, and that (with the tenant among its facts) or NO_ANSWER after five when nobody answers behind it.
 */
export async function asTenant<T>({ json: _, ...flags }: CommonFlags, act: (tenant: TenantClient) => Promise<T>): Promise<T> {
  const {
    nats,
    namespace,
    tenant = DEFAULT_TENANT,
  } = readConfig(['nats', 'namespace', 'tenant'], { env: process.env, flags: { ...(await foundNats()), ...flags } });
  const ports = { clock: realClock, random: realRandom, log: silentLog };
  const transport = await connectNats({ url: nats, name: `tiercel-${process.pid}`, firstConnectMs: FIRST_CONNECT_MS, ...ports });
  const system = createSystem({ name: 'tiercel', transport, ...ports });
  const client = createClient({ broker: (of) => system.ref<BrokerProtocol>(brokerPath(namespace, of), brokerCodec), ...ports });
  try {
    return await within(realClock, client.tenant(tenant), act);
  } catch (error) {
    const { code, facts } = asTiercelError(error);
    if (code !== 'UNREACHABLE' || facts.url !== undefined) throw error; // with a URL the connection is gone
    return fail('UNREACHABLE', { url: hideSecrets(nats), namespace, tenant }, error);
  } finally {
    client.close();
    await system.stop();
    await transport.close();
  }
}

/** Goes before the default only. */
async function foundNats(): Promise<{ nats?: string }> {
  if (process.env.TIERCEL_NATS_URL) return {};
  const { dataDir } = readConfig(['dataDir'], { env: process.env, flags: {} });
  const nats = await findNatsUrl(dataDir);
  return nats ? { nats } : {};
}

/** When the answer takes too long, a request that is not repeated tells why. */
async function within<T>(clock: Clock, tenant: TenantClient, act: (tenant: TenantClient) => Promise<T>): Promise<T> {
  const late = Symbol('late');
  let undo = () => {};
  const tooLate = new Promise<typeof late>((resolve) => {
    undo = clock.after(ANSWER_MS, () => resolve(late));
  });
  const answer = act(tenant);
  answer.catch(() => {}); // what a late answer says, nobody waits for any more
  const first = await Promise.race([answer, tooLate]).finally(() => undo());
  if (first !== late) return first;
  await tenant.queues();
  return fail('NO_ANSWER', { waitedMs: ANSWER_MS });
}
