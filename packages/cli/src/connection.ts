import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type Clock, createSystem, realClock, realRandom, silentLog, type Undo } from '@tiercel/actors';
import { createClient, type TenantClient } from '@tiercel/client';
import { type Config, findNatsUrl, hideSecrets, readConfig, secretIn } from '@tiercel/host';
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
import { isListenedTo } from '@tiercel/socket';
import { openWire, socketOf } from '@tiercel/wire';

/** Flags that every command takes. */
export interface CommonFlags {
  readonly tenant?: string;
  readonly nats?: string;
  readonly socket?: string;
  readonly namespace?: string;
  readonly json?: boolean;
}

/** An installation as a command sees it. */
export interface Reached {
  readonly tenant: TenantClient;
  readonly namespace: string;
  /** What carries the messages, for people and without secrets. */
  readonly wire: string;
  /** Over a socket, where a program may be the broker. */
  readonly isLocal: boolean;
  /** What was thrown while it was asked, with what tells a server without a broker from no server. */
  explain(error: unknown): TiercelError;
  /** Hears every sign of life from now on; returns the undo. Throws ACCESS_DENIED where the credential may not. */
  listen(onSign: (sign: Presence) => void): Promise<() => Promise<void>>;
}

const FIRST_CONNECT_MS = 2_000;
/** How long a command waits; the client itself would repeat for a minute. */
const ANSWER_MS = 5_000;
/** So long before that it gives up, and what was refused till then is told. */
const TELL_MS = 1_000;
const DEFAULT_TENANT = 'dev';

/**
 * Connects as a tenant, acts, and closes. Throws as {@link reach} does, and NO_ANSWER after `waitMs`, 5,000 by default, when nobody answers
 * behind the server.
 */
export function asTenant<T>(flags: CommonFlags, act: (tenant: TenantClient) => Promise<T>, waitMs: number = ANSWER_MS): Promise<T> {
  return reach(flags, ({ tenant }) => within(realClock, tenant, act, waitMs), Math.max(0, waitMs - TELL_MS));
}

/**
 * Connects, acts, and closes; without a URL or a socket to what runs in this folder. Throws UNREACHABLE within two seconds
 * without anybody there, and that with the tenant among its facts when no broker serves it.
 */
export async function reach<T>(given: CommonFlags, act: (reached: Reached) => Promise<T>, retryForMs?: number): Promise<T> {
  const { nats, socket, namespace } = await placeOf(given);
  const tenant = tenantOf(given);
  const ports = { clock: realClock, random: realRandom, log: silentLog };
  const transport = await openWire(
    { nats, socket },
    { name: `tiercel-${process.pid}`, firstConnectMs: FIRST_CONNECT_MS, ...ports },
  );
  const system = createSystem({ name: 'tiercel', transport, ...ports });
  const broker = (of: string) => system.ref<BrokerProtocol>(brokerPath(namespace, of), brokerCodec);
  const client = createClient({ broker, ...ports, ...(retryForMs !== undefined && { retryForMs }) });
  const listen: Reached['listen'] = (onSign) => {
    const ear = system.spawn<SysProtocol>({ name: 'ear', actor: () => ({ alive: onSign, nudge() {}, gone() {} }) });
    return system.serve(sysPath(namespace, 'presence'), ear, sysCodec);
  };
  const where = socket === undefined ? { url: hideSecrets(nats) } : { socket };
  const explain: Reached['explain'] = (error) => {
    const known = asTiercelError(error);
    if (known.code !== 'UNREACHABLE' || Object.keys(where).some((key) => key in known.facts)) return known; // the connection is gone
    return new TiercelError('UNREACHABLE', { ...where, namespace, tenant }, error);
  };
  try {
    const wire = socket === undefined ? `NATS ${transport.server} at ${where.url}` : `the socket ${socket}`;
    return await act({ tenant: client.tenant(tenant), namespace, wire, isLocal: socket !== undefined, explain, listen });
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
  readConfig(['nats', 'socket', 'namespace', 'tenant'], { env: process.env, flags: whereOf(given) }).tenant ?? DEFAULT_TENANT;

/** Of the flags of a command those that say whose and where. */
const whereOf = ({ nats, socket, namespace, tenant }: CommonFlags): Record<string, string> => ({
  ...(nats === undefined ? {} : { nats }),
  ...(socket === undefined ? {} : { socket }),
  ...(namespace === undefined ? {} : { namespace }),
  ...(tenant === undefined ? {} : { tenant }),
});

/** A socket or URL that is named, a flag before a variable; else what runs in this folder; else the default URL. */
async function placeOf(given: CommonFlags): Promise<Pick<Config, 'nats' | 'socket' | 'namespace'>> {
  const [{ env }, flags] = [process, whereOf(given)];
  const config = readConfig(['nats', 'socket', 'namespace', 'tenant', 'store', 'dataDir'], { env, flags });
  const socket = flags.nats !== undefined && flags.socket === undefined ? undefined : config.socket;
  if (socket !== undefined || flags.nats !== undefined || secretIn(env, 'nats')) return { ...config, socket };
  return { ...config, ...(await placeHere(config)) };
}

/** Where what runs in this folder is, or ran. */
async function placeHere(
  config: Pick<Config, 'store' | 'dataDir' | 'namespace'>,
): Promise<Partial<Pick<Config, 'nats' | 'socket'>>> {
  const nats = await findNatsUrl(config.dataDir);
  if (nats !== undefined) return { nats };
  const left = socketOf(config);
  return existsSync(left) ? { socket: left } : {};
}

/** The flags that lead a service to what runs in this folder; none where its own or a variable say where it is to go. */
export async function flagsOfPlaceHere(given: readonly string[]): Promise<readonly string[]> {
  const { env } = process;
  const { values } = parseArgs({ args: [...given], strict: false, options: { namespace: { type: 'string' } } });
  const isNamed = values.nats !== undefined || values.socket !== undefined || env.TIERCEL_SOCKET || secretIn(env, 'nats');
  if (isNamed || values.help || values.h) return [];
  const flags = typeof values.namespace === 'string' ? { namespace: values.namespace } : {};
  const { nats, socket } = await placeHere(readConfig(['namespace', 'store', 'dataDir'], { env, flags }));
  if (nats !== undefined) return [`--nats=${nats}`];
  return socket !== undefined && (await isListenedTo(socket)) ? [`--socket=${socket}`] : [];
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
