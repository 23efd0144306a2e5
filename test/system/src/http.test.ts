import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually, freePort, startNats, startRedis } from '@tiercel/test-support';
import { expect, onTestFinished, test } from 'vitest';
import { run } from './run.js';
import { HANDLERS, startService } from './service.js';

const TIERCEL = fileURLToPath(new URL('../../../packages/cli/bin/tiercel.js', import.meta.url));
const DASHBOARD = new URL('../../../deploy/grafana/tiercel.json', import.meta.url);
const MINUTE = 60_000;

/** Every service with servers of its own, a door that wants tokens, and one token of each role for `acme`. */
async function setup() {
  const [nats, redis, ...ports] = await Promise.all([startNats(), startRedis(), freePort(), freePort(), freePort(), freePort()]);
  const dir = mkdtempSync(join(tmpdir(), 'tiercel-http-'));
  const file = join(dir, 'tokens');
  onTestFinished(() => Promise.all([nats.stop(), redis.stop()]).then(() => rmSync(dir, { recursive: true, force: true })));
  const [operate, read] = [await makeToken(file, 'operate'), await makeToken(file, 'read')];
  const [http, ofBroker, ofConsumer, ofProducer] = ports.map(String) as [string, string, string, string];
  const wire = { TIERCEL_NATS_URL: nats.url, TIERCEL_LOG_LEVEL: 'warn' };
  startService('broker-adapter', { ...wire, TIERCEL_STORE: redis.url, TIERCEL_HEALTH_PORT: ofBroker });
  startService('consumer', { ...wire, TIERCEL_HANDLERS: HANDLERS, TIERCEL_HEALTH_PORT: ofConsumer });
  const producer = startService('producer', {
    ...wire,
    TIERCEL_HTTP: `127.0.0.1:${http}`,
    TIERCEL_HTTP_TOKENS: file,
    TIERCEL_HEALTH_PORT: ofProducer,
  });
  const call = async (line: string, body?: unknown, token = operate) => {
    const [method = '', path = ''] = line.split(' ');
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await fetch(`http://127.0.0.1:${http}/v1/tenants/acme/${path}`, { method, headers, ...sent });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  for (const port of [ofBroker, ofConsumer, ofProducer]) await ready(port);
  const scrape = async (port: string) => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return { call, producer, read, scrape, ofBroker, ofConsumer, ofProducer };
}

async function makeToken(file: string, role: string): Promise<string> {
  const made = await run(process.execPath, [TIERCEL, 'token', 'create', '--tenant', 'acme', '--role', role, '--file', file]);
  expect(made).toMatchObject({ code: 0, stdout: expect.stringMatching(/^tiercel_\S{43}\n$/) });
  return made.stdout.trim();
}

const ready = (port: string) =>
  eventually(async () => ((await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined))?.ok ? true : undefined), {
    what: `/readyz on ${port}`,
    withinMs: MINUTE,
  });

test(
  'a job goes in over HTTP, is performed elsewhere, and its end is told; metrics tell of it, and the dashboard asks for nothing else',
  async () => {
    const { call, read, scrape, ofBroker, ofConsumer, ofProducer } = await setup();
    const job = { name: 'HelloWorld', id: 'one', data: { foo: 'bar' } };

    expect(await call('POST queues/hello_world/jobs', job, read)).toMatchObject({ status: 403, body: { code: 'NOT_ALLOWED' } });
    expect(await call('POST queues/hello_world/jobs', job)).toMatchObject({ status: 201, body: { durability: 'process-crash' } });
    expect(await call('GET jobs/one/result?wait=30s', undefined, read)).toMatchObject({
      status: 200,
      body: { state: 'completed' },
    });
    await call('POST queues/hello_world/jobs', { name: 'NobodyPerformsThis', id: 'two', attempts: 1 });
    await call('GET jobs/two/result?wait=30s');
    expect(await call('GET dead')).toMatchObject({ status: 200, body: { jobs: [{ id: 'two' }] } });

    const [broker, consumer, producer] = await Promise.all([scrape(ofBroker), scrape(ofConsumer), scrape(ofProducer)]);
    expect(broker).toContain('tiercel_jobs_total{event="enqueued"} 2\n');
    expect(broker).toContain('tiercel_queue_depth{tenant="acme",queue="hello_world",state="dead"} 1\n');
    expect(broker).toMatch(/^tiercel_store_call_seconds_count\{verb="enqueue"\} 2$/m);
    expect(consumer).toContain('tiercel_job_run_seconds_count{queue="hello_world",name="HelloWorld"} 1\n');
    expect(consumer).toContain('tiercel_job_wait_seconds_count{queue="hello_world"} 2\n');
    expect(consumer).toContain('tiercel_worker_jobs_total{end="acked"} 1\n');
    expect(producer).toContain('tiercel_http_requests_total{operation="enqueue",status="201"} 2\n');
    expect(producer).toContain('tiercel_refusals_total{code="NOT_ALLOWED"} 1\n');
    for (const text of [broker, consumer, producer]) {
      expect(text).toContain('tiercel_wire_up 1\n');
      expect(
        text.split('\n').filter((line) => !/^(|# (HELP|TYPE) .+|[a-z_]+(\{([a-z_]+="[^"\n]*",?)+\})? -?[\d.e+-]+)$/.test(line)),
      ).toEqual([]);
    }
    const told = new Set([broker, consumer, producer].flatMap(namesIn));
    expect(askedFor().filter((name) => !told.has(name))).toEqual([]);
    expect(askedFor().length).toBeGreaterThan(20);
  },
  3 * MINUTE,
);

test(
  'a producer that ends answers what is under way, long polls early, and exits in order',
  async () => {
    const { call, producer, scrape, ofProducer } = await setup();
    await call('POST queues/nobody/jobs', { name: 'HelloWorld', id: 'one' });
    const waiting = call('GET jobs/one/result?wait=60s');
    await eventually(async () => ((await scrape(ofProducer)).includes('tiercel_in_flight 1\n') ? true : undefined), {
      what: 'a long poll',
    });

    const ended = once(producer, 'exit');
    producer.kill('SIGTERM');

    expect(await waiting).toMatchObject({ status: 503, body: { code: 'STOPPED' } });
    expect(await ended).toEqual([0, null]);
  },
  3 * MINUTE,
);

/** What a scrape may be asked for. */
const namesIn = (text: string): string[] =>
  [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].flatMap(([, name = '', type]) =>
    type === 'histogram' ? ['_bucket', '_sum', '_count'].map((end) => name + end) : [name],
  );

function askedFor(): string[] {
  const { panels, templating } = JSON.parse(readFileSync(DASHBOARD, 'utf8')) as {
    panels: { targets?: { expr: string }[] }[];
    templating: { list: { query: string }[] };
  };
  const queries = [
    ...panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
    ...templating.list.map(({ query }) => query),
  ];
  return [...new Set(queries.flatMap((query) => query.match(/\b(tiercel|process|nodejs)_[a-z_]+/g) ?? []))];
}
