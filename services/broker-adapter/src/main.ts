import { createSystem } from '@tiercel/actors';
import { createBroker } from '@tiercel/broker';
import { countWire, keepPresence, runService, wireCheck } from '@tiercel/host';
import { type SysProtocol, sysCodec, sysPath } from '@tiercel/protocol';
import { instrument } from '@tiercel/store';
import { serveWire } from '@tiercel/wire';
import { openStore } from 'tiercel';
import { observeDesk } from './desk-metrics.js';
import { tellQueues } from './queue-looks.js';
import { StoreHealth } from './store-health.js';
import { each, logCalls } from './store-log.js';
import { countCalls } from './store-metrics.js';
import { viewOf } from './store-view.js';
import { TenantsSeen } from './tenants-seen.js';

await runService(
  { name: 'broker-adapter', settings: ['nats', 'socket', 'store', 'shards', 'requireDurability', 'payloadBytes'] },
  async ({ config, service, instance, pid, log, clock, random, defer, check, metrics, fail }) => {
    const { namespace, shards, requireDurability, payloadBytes } = config;
    const store = await openStore({ url: config.store, namespace, shards, requireDurability, log });
    defer(() => store.close());
    const health = new StoreHealth(store, clock);
    check('storage', health.check);
    const seen = new TenantsSeen();
    const onCall = each(logCalls(log.child({ component: 'store' })), health.onCall, countCalls(metrics), seen.onCall);
    const measured = instrument(store, { clock, onCall });
    tellQueues({ store, seen, metrics, clock, log });
    const transport = await serveWire(config, { name: instance, clock, random, log });
    defer(() => transport.close());
    check('wire', wireCheck(transport));
    const system = createSystem({ name: instance, transport, clock, random, log });
    defer(() => system.stop());
    countWire(metrics, transport, system);
    const bounds = { payloadBytes };
    const broker = await createBroker({
      system,
      store: measured,
      namespace,
      name: instance,
      clock,
      log,
      bounds,
      observe: observeDesk(metrics),
    });
    defer(() => broker.stop());
    check('queueGroup', () => ({ ok: broker.serving }));
    const sys = system.ref<SysProtocol>(sysPath(namespace, 'presence'), sysCodec);
    const storage = () => viewOf(store.status, broker.serving);
    defer(keepPresence({ sys, service, instance, pid, leases: () => 0, storage, clock }));
    void broker.ended.then((exit) => exit.reason === 'crash' && fail(exit.error));
  },
);
