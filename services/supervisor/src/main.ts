import { createSystem } from '@tiercel/actors';
import { countWire, keepPresence, longestEndMs, runService, SETTINGS, type SettingName, wireCheck } from '@tiercel/host';
import { type SysProtocol, sysCodec, sysPath } from '@tiercel/protocol';
import { spawnProcess, startServers, superviseFleet } from '@tiercel/supervisor';
import { openWireEarly } from '@tiercel/wire';
import { services } from './services.js';

await runService(
  { name: 'supervisor', settings: Object.keys(SETTINGS) as SettingName[] },
  async ({ config, service, instance, pid, env, log, clock, random, defer, check, metrics, end }) => {
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
    const fleet = superviseFleet({
      programs: services({ ...config, ...wire, store: servers.storeUrl }, env),
      drainMs: longestEndMs(config.drainMs),
      onEnd: (owner, reason) => brokers.tell('gone', { owner, reason }),
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
