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
  const { kestrel, kestrelTenant: tenant, kestrelShutdown, namespace } = config;
  const [text, admin] = [besides(config, 'text'), besides(config, 'admin')];
  const address = kestrel === undefined ? undefined : kestrelAddressOf(kestrel);
  if (address === undefined) return undefined;
  const { openKestrelDoor } = await import('@tiercel/doors'); // who opens none loads nothing of it
  const shutdown = kestrelShutdown ? end : undefined;
  return openKestrelDoor({ ...parts, ...address, text, admin, namespace, tenant, home: HOME, owner: instance, shutdown });
}

/** Another port of the door. */
function besides({ kestrel, kestrelText, kestrelAdmin }: ServeKestrelOptions['config'], speaks: 'text' | 'admin') {
  const asked = speaks === 'text' ? kestrelText : kestrelAdmin;
  if (asked === undefined) return undefined;
  if (kestrel === undefined)
    fail('BAD_CONFIG', { [`--kestrel-${speaks}`]: 'expected --kestrel beside it: it is a port of that door' });
  return kestrelAddressOf(asked, speaks);
}
