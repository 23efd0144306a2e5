import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually, freePort, startNats, startRedis } from '@tiercel/test-support';
import { expect, onTestFinished, test } from 'vitest';
import { Folder } from './folder.js';
import { KestrelWire, value } from './kestrel-wire.js';
import { Ledger } from './ledger.js';
import { startService } from './service.js';

// Raw bytes to the Kestrel door of real processes.

const HANDLERS = fileURLToPath(new URL('./handlers/ledger-job.js', import.meta.url));
const ARTICLE = '{"instance":"dev","jobName":"HelloWorld","data":{"foo":"bar"}}';
const MINUTE = 60_000;
/** Much less than the lease of an open read. */
const BACK_WITHIN_MS = 10_000;

test(
  'tiercel dev --kestrel: items of the article are performed, jobs of ours are read, and a producer that is killed keeps nothing open',
  async () => {
    const folder = new Folder();
    const port = await freePort();
    const dev = folder.dev('--handlers', HANDLERS, '--kestrel', `127.0.0.1:${port}`);
    const [pid] = await dev.up('producer', 1, MINUTE);
    const wire = await KestrelWire.to(port);

    expect(await wire.set('tiercel_hello_world', ARTICLE)).toBe('STORED\r\n');
    const [effect] = await eventually(() => (folder.ledger.read().length > 0 ? folder.ledger.read() : undefined), {
      what: 'the handler',
    });
    expect(effect).toMatchObject({ tenant: 'dev', attempt: 1 });

    await folder.json('enqueue', 'mail', 'mail.send', '{"to":"you"}');
    const item = '{"instance":"dev","jobName":"mail.send","data":{"to":"you"}}';
    expect(await wire.get('mail/open')).toBe(value('mail', item));

    process.kill(pid as number, 'SIGKILL');
    const killedAt = performance.now();
    await eventually(() => dev.pids('producer').find((other) => other !== pid), { what: 'a new producer' });
    const other = await KestrelWire.to(port);
    expect(await other.get('tiercel_mail/t=60000')).toBe(value('tiercel_mail', item));
    expect(performance.now() - killedAt).toBeLessThan(BACK_WITHIN_MS);

    expect(await dev.stop()).toBe(0);
  },
  3 * MINUTE,
);

test(
  'tiercel dev --single --kestrel keeps what was set through its own end',
  async () => {
    const folder = new Folder();
    const port = await freePort();
    const flags = ['--single', '--kestrel', String(port)];
    const first = folder.dev(...flags);
    const wire = await KestrelWire.to(port);
    for (const item of ['1', '2', '3']) expect(await wire.set('work', item)).toBe('STORED\r\n');
    expect(await wire.get('work/open')).toBe(value('work', '1'));
    expect(await first.stop()).toBe(0);

    const second = folder.dev(...flags);
    const other = await KestrelWire.to(port);
    for (const item of ['1', '2', '3']) expect(await other.get('work/t=10000')).toBe(value('work', item));
    expect(await second.stop()).toBe(0);
  },
  3 * MINUTE,
);

test(
  'tiercel start producer --kestrel over NATS and Redis serves its tenant alone, tells of itself, and ends in order',
  async () => {
    const [nats, redis, kestrel, health] = await Promise.all([startNats(), startRedis(), freePort(), freePort()]);
    const dir = mkdtempSync(join(tmpdir(), 'tiercel-kestrel-'));
    const ledger = new Ledger(join(dir, 'ledger'));
    onTestFinished(() => Promise.all([nats.stop(), redis.stop()]).then(() => rmSync(dir, { recursive: true, force: true })));
    const wired = { TIERCEL_NATS_URL: nats.url, TIERCEL_LOG_LEVEL: 'warn' };
    startService('broker-adapter', { ...wired, TIERCEL_STORE: redis.url });
    startService('consumer', { ...wired, TIERCEL_HANDLERS: HANDLERS, TEST_LEDGER: ledger.file });
    const door = { TIERCEL_KESTREL: `0.0.0.0:${kestrel}`, TIERCEL_KESTREL_TENANT: 'acme', TIERCEL_HEALTH_PORT: String(health) };
    const producer = startService('producer', { ...wired, ...door });
    const wire = await KestrelWire.to(kestrel);

    expect(await wire.set('hello_world', ARTICLE)).toBe('STORED\r\n');
    await eventually(() => ledger.read().length > 0, { what: 'the handler' });
    expect(ledger.read()).toMatchObject([{ tenant: 'acme', attempt: 1 }]);
    for (const item of ['1', '2']) expect(await wire.set('work', item)).toBe('STORED\r\n');
    expect(await wire.get('work/open')).toBe(value('work', '1'));
    expect(await wire.get('work/close/open')).toBe(value('work', '2'));
    expect(await wire.get('work/abort')).toBe('END\r\n');
    expect(await wire.get('work/open/t=1000')).toBe(value('work', '2'));

    const metrics = await (await fetch(`http://127.0.0.1:${health}/metrics`)).text();
    expect(metrics).toContain('tiercel_kestrel_connections 1\n');
    expect(metrics).toContain('tiercel_kestrel_held 1\n');
    expect(metrics).toContain('tiercel_kestrel_requests_total{command="set"} 3\n');
    expect(metrics).toContain('tiercel_kestrel_items_total{direction="in"} 3\n');
    expect(metrics).toMatch(/^tiercel_kestrel_request_seconds_count\{command="get"\} 4$/m);

    const ended = once(producer, 'exit');
    producer.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
    startService('producer', { ...wired, ...door });
    const other = await KestrelWire.to(kestrel);
    expect(await other.get('work/t=3000')).toBe(value('work', '2'));
  },
  3 * MINUTE,
);
