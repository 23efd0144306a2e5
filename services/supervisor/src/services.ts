import { fileURLToPath } from 'node:url';
import { BROKER_FLAGS, type Config, variablesOf } from '@tiercel/host';
import { fail } from '@tiercel/protocol';
import type { Program } from '@tiercel/supervisor';

/**
 * The services that a supervisor keeps, in the order in which they start; each runs with the supervisor's own configuration. Throws
 * BAD_CONFIG when two of them would listen on one port.
 */
export function services(config: Config, env: Program['env']): Program[] {
  requireOneOwner(config);
  const { instance: _own, healthPort: _port, natsServer: _nats, redisServer: _redis, store, ...shared } = config;
  // the credentials of the storage exist in the broker alone, and two processes cannot listen on one port
  const { TIERCEL_STORE: _url, TIERCEL_STORE_FILE: _file, TIERCEL_HEALTH_PORT: _health, ...others } = env;
  const common = { ...others, ...variablesOf(shared) };
  if (config.http !== undefined && config.producers !== 1)
    fail('BAD_CONFIG', { '--http': `expected --producers=1, since one process listens on a port, got ${config.producers}` });
  if (config.kestrel !== undefined && config.producers !== 1)
    fail('BAD_CONFIG', { '--kestrel': `expected --producers=1, since one process listens on a port, got ${config.producers}` });
  const program = (name: string, count: number, own: Partial<Config> = {}, flags: readonly string[] = []): Program => ({
    name,
    command: process.execPath,
    args: [...flags, fileURLToPath(import.meta.resolve(`@tiercel/service-${name}`))],
    env: { ...common, ...variablesOf(own) },
    count,
  });
  return [
    program('broker-adapter', config.brokers, { store }, BROKER_FLAGS),
    { ...program('consumer', config.consumers), forgiven: true },
    { ...program('producer', config.producers), decides: config.once, forgiven: true },
  ];
}

/** A socket and a folder have one owner. */
function requireOneOwner({ brokers, socket, store }: Config): void {
  const owned = socket !== undefined ? 'over a socket' : store.startsWith('lmdb:') ? `with ${store}` : undefined;
  if (owned && brokers > 1)
    fail('BAD_CONFIG', { '--brokers': `expected at most 1 ${owned}, got ${brokers}; use NATS and Redis for more` });
}
