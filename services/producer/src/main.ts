import { createSystem } from '@tiercel/actors';
import { HTTP_RETRY_MS, PRODUCES, produce, SERVES_HTTP, SERVES_KESTREL, serveHttp, serveKestrel } from '@tiercel/cli';
import { createClient } from '@tiercel/client';
import { countWire, keepPresence, runService, wireCheck } from '@tiercel/host';
import { type BrokerProtocol, brokerCodec, brokerPath, type SysProtocol, sysCodec, sysPath } from '@tiercel/protocol';
import { openWire } from '@tiercel/wire';
import { countHttp, observeHttp } from './http-metrics.js';
import { countKestrel, observeKestrel } from './kestrel-metrics.js';
import { refusalCounter } from './refusal-metrics.js';

await runService(
  { name: 'producer', settings: ['nats', 'socket', ...PRODUCES, ...SERVES_HTTP, ...SERVES_KESTREL] },
  async ({ config, service, instance, pid, log, clock, random, defer, check, metrics, readyAfter, end, fail }) => {
    const { namespace, demo, once } = config;
    const transport = await openWire(config, { name: instance, clock, random, log });
    defer(() => transport.close());
    check('wire', wireCheck(transport));
    const system = createSystem({ name: instance, transport, clock, random, log });
    defer(() => system.stop());
    countWire(metrics, transport, system);
    const broker = (tenant: string) => system.ref<BrokerProtocol>(brokerPath(namespace, tenant), brokerCodec);
    const client = createClient({ broker, clock, random });
    defer(() => client.close());
    const forHttp = createClient({ broker, clock, random, retryForMs: HTTP_RETRY_MS });
    defer(() => forHttp.close());
    const refused = refusalCounter(metrics);
    const door = await serveHttp({ client: forHttp, config, clock, log, observe: observeHttp(metrics, refused) });
    defer(() => door?.close());
    countHttp(metrics, door);
    const told = { broker, config, instance, end: () => end(0), clock, random, log };
    const kestrel = await serveKestrel({ ...told, observe: observeKestrel(metrics, refused) });
    defer(() => kestrel?.close());
    countKestrel(metrics, kestrel);
    const sys = system.ref<SysProtocol>(sysPath(namespace, 'presence'), sysCodec);
    defer(keepPresence({ sys, service, instance, pid, leases: () => kestrel?.held ?? 0, clock }));
    const stop = new AbortController();
    defer(() => stop.abort());
    const write = (text: string) => void process.stdout.write(text);
    const produced = produce({ client, config, signal: stop.signal, clock, log, write });
    void produced.then((code) => once && end(code), fail);
    if (demo) readyAfter(produced); // so that what is told next stands below its table
  },
);
