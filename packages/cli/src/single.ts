import { createClient } from '@tiercel/client';
import { queuesOf, runService, thisProcess } from '@tiercel/host';
import { POOL } from '@tiercel/protocol';
import { startServers } from '@tiercel/supervisor';
import { socketBeside } from '@tiercel/wire';
import { childEnv, createWorker, loadHandlers } from '@tiercel/worker';
import { wireEmbedded } from 'tiercel';
import { PRODUCES, produce } from './produce.js';
import { SERVES_HTTP, serveHttp } from './serve-http.js';
import { SERVES_KESTREL, serveKestrel } from './serve-kestrel.js';

const SETTINGS = [
  'store',
  'shards',
  'requireDurability',
  'redisServer',
  'dataDir',
  'queues',
  'handlers',
  'concurrency',
  'childEnv',
  ...PRODUCES,
  ...SERVES_HTTP,
  ...SERVES_KESTREL,
] as const;

/** Broker, consumer and producer in this process, over the in-process transport. Their log lines name the part that wrote them. */
export async function runSingle(argv: readonly string[]): Promise<void> {
  await runService({ name: 'tiercel', settings: SETTINGS, machine: { ...thisProcess(), argv } }, async (host) => {
    const { config, instance, env, log, clock, random, defer, end, fail } = host;
    const { namespace, shards, requireDurability, concurrency, drainMs, handlers: paths = [], childEnv: names } = config;
    const as = (service: string) => log.child({ service });
    const asked = {
      natsServer: undefined,
      natsUrl: '',
      redisServer: config.redisServer,
      storeUrl: config.store,
      dataDir: config.dataDir,
    };
    const servers = await startServers({ ...asked, env, defer, clock, random, log: as('supervisor') });
    void servers.ended.then(end);
    const kept = { store: servers.storeUrl, shards, requireDurability };
    const wiring = await wireEmbedded({ ...kept, namespace, name: instance, log: as('broker-adapter') });
    defer(() => wiring.close());
    as('broker-adapter').info({}, 'service started');
    const handlers = await loadHandlers(paths);
    if (handlers.size > 0) {
      const queues = queuesOf(config.queues, handlers.values());
      const worker = createWorker({
        broker: wiring.broker(POOL),
        keeper: wiring.keeper({ tenant: POOL }),
        queues,
        owner: instance,
        handlers,
        children: { paths, env: childEnv(env, names) },
        ...{ concurrency, drainMs, clock, random, log: as('consumer') },
      });
      await worker.start();
      defer(() => worker.drain());
      as('consumer').info({}, 'service started');
    }
    const client = createClient({ broker: (tenant) => wiring.broker(tenant), clock, random });
    defer(() => client.close());
    const door = await serveHttp({ client, config, clock, log: as('producer') });
    defer(() => door?.close());
    const broker = (tenant: string) => wiring.broker(tenant);
    const kestrel = { broker, config, instance, end: () => end(0), clock, random, log: as('producer') };
    const kestrelDoor = await serveKestrel(kestrel);
    defer(() => kestrelDoor?.close());
    const stop = new AbortController();
    defer(() => stop.abort());
    const write = (text: string) => void process.stdout.write(text);
    const ready = {
      nats: '',
      socket: socketBeside(servers.storeUrl, namespace),
      namespace,
      consumers: handlers.size > 0 ? 1 : 0,
      demo: config.demo,
      ownStorage: ownStorage(config),
    };
    void produce({ client, config, signal: stop.signal, clock, log: as('producer'), write }).then(
      (code) => (config.once ? end(code) : log.info(ready, 'fleet ready')),
      fail,
    );
  });
}

/** Whether jobs end with this process. */
const ownStorage = ({ store, redisServer }: { readonly store: string; readonly redisServer: string | undefined }): boolean =>
  redisServer !== undefined || store === 'memory:';
