import type { Clock, Log, Random, Ref } from '@tiercel/actors';
import type { KestrelDoor, KestrelObserver } from '@tiercel/doors';
import { type Config, kestrelAddressOf } from '@tiercel/host';
import { type BrokerProtocol, fail } from '@tiercel/protocol';

/** What a producer is told of its Kestrel door. */
export const SERVES_KESTREL = ['kestrel', 'kestrelTenant', 'kestrelText', 'kestrelAdmin', 'kestrelShutdown'] as const;

/** Whose an item is that does not say so, as a command without a tenant is. */
const HOME = 'dev';

export interface ServeKestrelOptions {
  /** `tenant` may be the pool. */
  readonly broker: (tenant: string) => Ref<BrokerProtocol>;
  readonly config: Pick<Config, (typeof SERVES_KESTREL)[number] | 'namespace'>;
  /** Of this process: leases are held under it. */
  readonly instance: string;
  /** Ends this process in order. */
  readonly end: () => void;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly observe?: KestrelObserver;
}

/** The Kestrel door where the configuration asks for one. Throws BAD_CONFIG. */
export async function serveKestrel({ config, instance, end, ...parts }: ServeKestrelOptions): Promise<KestrelDoor | undefined> {
  const { kestrelShutdown, namespace } = config;
  const addresses = addressesIn(config);
  if (addresses === undefined) return undefined;
  const { openKestrelDoor } = await import('@tiercel/doors'); // who opens none loads nothing of it
  const shutdown = kestrelShutdown ? end : undefined;
  return openKestrelDoor({ ...parts, ...addresses, namespace, home: HOME, owner: instance, shutdown });
}

/** For who starts other things before the door: throws BAD_CONFIG now where {@link serveKestrel} would. */
export async function requireKestrel(config: ServeKestrelOptions['config']): Promise<void> {
  const addresses = addressesIn(config);
  if (addresses === undefined) return;
  const { requireKestrelDoor } = await import('@tiercel/doors');
  await requireKestrelDoor(addresses);
}

function addressesIn(config: ServeKestrelOptions['config']) {
  const { kestrel, kestrelTenant: tenant } = config;
  const [text, admin] = [besides(config, 'text'), besides(config, 'admin')];
  const address = kestrel === undefined ? undefined : kestrelAddressOf(kestrel);
  return address && { ...address, text, admin, tenant };
}

/** Another port of the door. */
function besides({ kestrel, kestrelText, kestrelAdmin }: ServeKestrelOptions['config'], speaks: 'text' | 'admin') {
  const asked = speaks === 'text' ? kestrelText : kestrelAdmin;
  if (asked === undefined) return undefined;
  if (kestrel === undefined)
    fail('BAD_CONFIG', { [`--kestrel-${speaks}`]: 'expected --kestrel beside it: it is a port of that door' });
  return kestrelAddressOf(asked, speaks);
}
