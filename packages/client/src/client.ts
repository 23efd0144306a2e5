import type { Ref } from '@tiercel/actors';
import { type BrokerProtocol, requireName } from '@tiercel/protocol';
import { type ClientParts, TenantClient } from './tenant-client.js';

export interface ClientOptions extends ClientParts {
  /** How a tenant's broker is reached; called once a tenant. */
  readonly broker: (tenant: string) => Ref<BrokerProtocol>;
  /** Makes what speaks for a tenant, where that does more than a `TenantClient`. */
  readonly make?: (tenant: string, broker: Ref<BrokerProtocol>, parts: ClientParts) => TenantClient;
}

/** What applications import to enqueue and inspect. */
export interface Client {
  /** Throws BAD_NAME. */
  tenant(name: string): TenantClient;
  close(): void;
}

/** Tenants one process may speak for at once; the one unused for longest makes room. */
const MAX_TENANTS = 10_000;

export function createClient(options: ClientOptions): Client {
  const tenants = new Map<string, TenantClient>();
  const make = options.make ?? ((name, broker, parts) => new TenantClient(name, broker, parts));

  function tenant(name: string): TenantClient {
    const known = tenants.get(name) ?? make(requireName('tenant', name), options.broker(name), options);
    tenants.delete(name);
    tenants.set(name, known);
    if (tenants.size > MAX_TENANTS) tenants.delete(tenants.keys().next().value as string);
    return known;
  }

  return {
    tenant,
    close() {
      for (const each of tenants.values()) each.close();
    },
  };
}
