import { createSystem } from '@tiercel/actors';
import { createBroker } from '@tiercel/broker';
import { keepPresence, runService, wireCheck } from '@tiercel/host';
import { connectNats } from '@tiercel/nats';
import { type SysProtocol, sysCodec, sysPath } from '@tiercel/protocol';
import { instrument } from '@tiercel/store';
import { openStore } from 'tiercel';
import { StoreHealth } from './store-health.js';
import { both, logCalls } from './store-log.js';

await runService(
  { name: 'broker-adapter', settings: ['nats', 'store', 'shards', 'requireDurability', 'payloadBytes'] },
  async ({ config, service, instance, pid, log, clock, random, defer, check, fail }) => {
    const { namespace, shards, requireDurability, payloadBytes } = config;
    const store = await openStore({ url: config.store, namespace, shards, requireDurability, log });
    defer(() => store.close());
    const health = new StoreHealth(store, clock);
    check('storage', health.check);
    const measured = instrument(store, { clock, onCall: both(logCalls(log.child({ component: 'store' })), health.onCall) });
    const transport = await connectNats({ url: config.nats, name: instance, noEcho: true, clock, random, log });
    defer(() => transport.close());
    check('nats', wireCheck(transport));
    const system = createSystem({ name: instance, transport, clock, random, log });
    defer(() => system.stop());
    const bounds = { payloadBytes };
    const broker = await createBroker({ system, store: measured, namespace, name: instance, clock, log, bounds });
    defer(() => broker.stop());
    check('queueGroup', () => ({ ok: broker.serving }));
    const sys = system.ref<SysProtocol>(sysPath(namespace, 'presence'), sysCodec);
    defer(keepPresence({ sys, service, instance, pid, leases: () => 0, clock }));
    void broker.ended.then((exit) => exit.reason === 'crash' && fail(exit.error));
  },
);
