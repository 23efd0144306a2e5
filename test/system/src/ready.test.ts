import { fileURLToPath } from 'node:url';
import { eventually, firstWords, freePort, type Server, startNats, startRedis } from '@tiercel/test-support';
import { expect, onTestFinished, test } from 'vitest';
import { run } from './run.js';
import { HANDLERS, startService } from './service.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const BROKER = `${ROOT}services/broker-adapter/dist/main.js`;
const HOST = '127.0.0.1';

interface Report {
  readonly ok: boolean;
  readonly phase: string;
  readonly storage: Readonly<Record<string, unknown>>;
  readonly wire: { readonly ok: boolean };
  readonly queueGroup: { readonly ok: boolean };
}

/** A broker-adapter with servers of its own, a consumer that waits at it, and what it tells of itself. */
async function setup() {
  const [nats, redis] = await Promise.all([startNats(), startRedis()]);
  onTestFinished(() => Promise.all([nats.stop(), redis.stop()]).then(() => {}));
  const port = await freePort();
  const env = { TIERCEL_NATS_URL: nats.url, TIERCEL_STORE: redis.url, TIERCEL_HEALTH_PORT: String(port) };
  const broker = startService('broker-adapter', env);
  startService('consumer', { TIERCEL_NATS_URL: nats.url, TIERCEL_HANDLERS: HANDLERS });
  const look = async (): Promise<{ status: number; report: Report }> => {
    const response = await fetch(`http://${HOST}:${port}/readyz`);
    return { status: response.status, report: (await response.json()) as Report };
  };
  const becomes = (wanted: number, is: (report: Report) => boolean = () => true): Promise<Report> =>
    eventually(() => look().then(({ status, report }) => (status === wanted && is(report) ? report : undefined)), {
      what: `/readyz ${wanted}`,
      withinMs: 30_000,
    });
  return { nats, redis, broker, becomes };
}

const tell = (redis: Server, command: string) => firstWords(HOST, Number(new URL(redis.url).port), `${command}\r\n`);

test('a broker is ready while its storage works, not while it is gone or read-only, and is again without a restart', async () => {
  const { nats, redis, broker, becomes } = await setup();
  const ready = await becomes(200);
  expect(ready).toMatchObject({ ok: true, phase: 'running', wire: { ok: true }, queueGroup: { ok: true } });
  expect(ready.storage).toMatchObject({
    ok: true,
    durability: 'process-crash',
    engine: expect.stringContaining('redis'),
    clockJumpMs: 0,
  });
  expect(Object.keys(ready.storage)).toEqual(expect.arrayContaining(['answeredMsAgo', 'epoch', 'unknown']));

  await redis.kill();
  const gone = await becomes(503, ({ queueGroup }) => !queueGroup.ok);
  expect(gone.storage).toMatchObject({ ok: false, code: 'STORAGE_UNAVAILABLE' });
  await redis.restart();
  expect((await becomes(200)).queueGroup.ok).toBe(true);

  await tell(redis, 'REPLICAOF 127.0.0.1 1');
  const readOnly = await becomes(503, ({ queueGroup }) => !queueGroup.ok);
  expect(readOnly.storage).toMatchObject({ ok: false, code: 'STORAGE_UNAVAILABLE' });
  await tell(redis, 'REPLICAOF NO ONE');
  await becomes(200);

  await nats.kill();
  expect((await becomes(503)).wire).toEqual({ ok: false });
  await nats.restart();
  await becomes(200);
  expect(broker.exitCode).toBeNull();
});

test('a broker whose storage keeps less than is required does not start, and says so in a line', async () => {
  const [nats, redis] = await Promise.all([startNats(), startRedis()]);
  onTestFinished(() => Promise.all([nats.stop(), redis.stop()]).then(() => {}));
  const env = { PATH: process.env.PATH ?? '', TIERCEL_NATS_URL: nats.url, TIERCEL_STORE: redis.url };

  const refused = await run(process.execPath, [BROKER, '--require-durability', 'power-loss'], { env });

  expect(refused.code).toBe(4);
  expect(refused.stderr).toMatch(/^STORAGE_UNFIT: .*process-crash.*power-loss.*\n$/);
});
