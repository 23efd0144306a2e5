import { createSystem } from '@tiercel/actors';
import {
  askPresent,
  countWire,
  keepPresence,
  longestEndMs,
  runService,
  SETTINGS,
  type SettingName,
  wireCheck,
} from '@tiercel/host';
import { type SysProtocol, sysCodec, sysPath } from '@tiercel/protocol';
import { type Observed, observer, spawnProcess, startServers, superviseFleet } from '@tiercel/supervisor';
import { openWireEarly } from '@tiercel/wire';
import { services } from './services.js';

await runService(
  { name: 'supervisor', settings: Object.keys(SETTINGS) as SettingName[] },
  async ({ config, service, instance, pid, env, log, clock, random, defer, check, metrics, end, fail }) => {
    const { namespace, socket, natsServer, redisServer, dataDir, consumers, demo, once } = config;
    const asked = { natsServer, natsUrl: config.nats, redisServer, storeUrl: config.store, dataDir };
    const servers = await startServers({ ...asked, env, clock, random, log, defer });
    void servers.ended.then(end);
    const wire = { nats: servers.natsUrl, socket };
    const transport = await openWireEarly(wire, { name: instance, clock, random, log });
    defer(() => transport.close());
    check('wire', wireCheck(transport));
    const system = createSystem({ name: instance, transport, clock, random, log });
    defer(() => system.stop());
    countWire(metrics, transport, system);
    const brokers = system.ref<SysProtocol>(sysPath(namespace, 'brokers'), sysCodec);
    let observed: Observed = { consumers: 0, gone: 0 };
    const observing = system.spawn({
      name: 'observer',
      actor: observer({
        ask: (instance) => askPresent(transport, namespace, instance),
        watchWire: (notify) => transport.watch(notify),
        onGone: (owner, reason) => brokers.tell('gone', { owner, reason }),
        onChange: (now) => {
          observed = now;
        },
      }),
    });
    void observing.ended.then((exit) => exit.reason === 'crash' && fail(exit.error));
    const { alive, gone } = sysCodec;
    await system.serve(sysPath(namespace, 'presence'), observing, { alive, gone });
    check('observed', () => ({ ok: true, ...observed }));
    const fleet = superviseFleet({
      programs: services({ ...config, ...wire, store: servers.storeUrl }, env),
      drainMs: longestEndMs(config.drainMs),
      onEnd: (owner, reason) => observing.tell('gone', { owner, reason }),
      ...{ spawn: spawnProcess, clock, random, log },
    });
    defer(() => fleet.stop());
    void fleet.ended.then(end);
    const ready = { ...wire, namespace, consumers, demo, ownStorage: redisServer !== undefined };
    void fleet.ready.then(() => once || log.info(ready, 'fleet ready'));
    const sys = system.ref<SysProtocol>(sysPath(namespace, 'presence'), sysCodec);
    defer(keepPresence({ sys, service, instance, pid, leases: () => 0, clock }));
  },
);
