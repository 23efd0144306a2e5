import { createSystem } from '@tiercel/actors';
import { countWire, keepPresence, queuesOf, runService, wireCheck } from '@tiercel/host';
import { type BrokerProtocol, brokerCodec, brokerPath, POOL, type SysProtocol, sysCodec, sysPath } from '@tiercel/protocol';
import { openWire } from '@tiercel/wire';
import { childEnv, createWorker, earlyKeeper, loadHandlers, threadKeeper } from '@tiercel/worker';
import { countWorker, observeWorker } from './worker-metrics.js';

await runService(
  {
    name: 'consumer',
    settings: ['nats', 'socket', 'tenant', 'queues', 'handlers', 'childEnv', 'concurrency'],
    required: ['handlers'],
  },
  async ({ config, service, instance, pid, parentPid, env, log, clock, random, defer, check, metrics, end }) => {
    const { namespace, concurrency, drainMs, handlers: paths = [], childEnv: names } = config;
    const wire = { nats: config.nats, socket: config.socket };
    const module = new URL('./keeper-connection.js', import.meta.url).href;
    const connector = { module, export: 'connectKeeper', options: { wire, namespace, name: instance } };
    const path = brokerPath(namespace, config.tenant ?? POOL);
    const keeper = earlyKeeper(threadKeeper({ connector, brokerPath: path, clock, log, parentPid }));
    defer(() => keeper.stop());
    const opening = openWire(wire, { name: instance, clock, random, log });
    const [handlers, transport] = await Promise.all([loadHandlers(paths), opening]);
    defer(() => transport.close());
    check('wire', wireCheck(transport));
    const system = createSystem({ name: instance, transport, clock, random, log });
    defer(() => system.stop());
    countWire(metrics, transport, system);
    const queues = queuesOf(config.queues, handlers.values());
    const worker = createWorker({
      broker: system.ref<BrokerProtocol>(path, brokerCodec),
      keeper: keeper.factory,
      queues,
      owner: instance,
      children: { paths, env: childEnv(env, names) },
      onStuck: 'exit',
      exit: end,
      observe: observeWorker(metrics, clock),
      ...{ handlers, concurrency, drainMs, clock, random, log },
    });
    countWorker(metrics, worker);
    await worker.start();
    defer(() => worker.drain());
    const sys = system.ref<SysProtocol>(sysPath(namespace, 'presence'), sysCodec);
    const serves = { tenant: config.tenant ?? '', queues, slots: concurrency };
    defer(keepPresence({ sys, service, instance, pid, leases: () => worker.running, serves, clock }));
  },
);
