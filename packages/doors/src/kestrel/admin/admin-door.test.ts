import { realClock, silentLog } from '@tiercel/actors';
import { createTestKit } from '@tiercel/actors/testing';
import { TiercelError } from '@tiercel/protocol';
import { exchange } from '@tiercel/test-support';
import { expect, onTestFinished, test } from 'vitest';
import { type AdminDoorOptions, openAdminDoor } from './admin-door.js';

async function setup(options: Partial<AdminDoorOptions> = {}) {
  const { clock } = createTestKit({ seed: 1 });
  let sets = 3;
  const door = await openAdminDoor({
    host: '127.0.0.1',
    port: 0,
    version: '2.4.8',
    report: async () => ({
      counters: new Map([['cmd_set', sets++]]),
      gauges: new Map([['items', 7]]),
      labels: new Map([['version', '2.4.8']]),
    }),
    reload: () => {},
    clock,
    log: silentLog,
    ...options,
  });
  onTestFinished(() => door.close());
  /** The status, the kind and the body of an answer. */
  async function get(path: string, { method = 'GET', head = 'Host: localhost\r\n' } = {}) {
    const [headers = '', body = ''] = (
      await exchange(door.port, `${method} ${path} HTTP/1.1\r\n${head}Connection: close\r\n\r\n`)
    ).split('\r\n\r\n');
    return [Number(headers.split(' ')[1]), /^content-type: (.*)$/im.exec(headers)?.[1], body];
  }
  return { door, get };
}

const TEXT = 'text/plain';
const JSON_TYPE = 'application/json';

test.each([
  ['/ping', JSON_TYPE, '{"response":"pong"}\n'],
  ['/ping.json', JSON_TYPE, '{"response":"pong"}\n'],
  ['/ping.txt', TEXT, 'pong\n'],
  ['/reload.txt', TEXT, 'ok\n'],
  ['/stats', JSON_TYPE, '{"counters":{"cmd_set":3},"metrics":{},"gauges":{"items":7},"labels":{"version":"2.4.8"}}\n'],
  ['/stats.txt', TEXT, 'counters:\n  cmd_set: 3\ngauges:\n  items: 7\nlabels:\n  version: 2.4.8\nmetrics:\n'],
  ['/any/where/ping.txt', TEXT, 'pong\n'],
])('%s is answered', async (path, type, body) => {
  expect(await (await setup()).get(path)).toEqual([200, type, body]);
});

test('server_info says what runs, and for how long', async () => {
  const [status, , body] = await (await setup({ clock: realClock })).get('/server_info.json');
  expect(status).toBe(200);
  expect(JSON.parse(String(body))).toMatchObject({ name: 'kestrel', version: '2.4.8', start_time: expect.stringMatching(/GMT$/) });
  expect(JSON.parse(String(body)).uptime).toBeGreaterThanOrEqual(0);
});

test('stats of a namespace are what came since it asked; of a period what came in the last one', async () => {
  const { get } = await setup();
  const sets = async (query: string) => /cmd_set: (\d+)/.exec(String((await get(`/stats.txt?${query}`))[2]))?.[1];

  expect([await sets('namespace=a'), await sets('namespace=a'), await sets('period=60'), await sets('period=60')]).toEqual([
    '3',
    '1',
    '5',
    '5',
  ]);
});

test.each(['period=0', 'period=x', 'period=3601', 'period=', 'period=60&period=61', `namespace=${'n'.repeat(129)}`])(
  '%s is no option',
  async (query) => {
    const [status, , body] = await (await setup()).get(`/stats?${query}`);
    expect(status).toBe(400);
    expect(body).toMatch(/^Invalid option for stats command: (period|namespace):.*, expected .*\n$/);
  },
);

test.each(['/', '/quiesce', '/threads', '/gc', '/logging', '/graph/', '/health', '/stats/', '/__proto__', '/constructor'])(
  '%s is no command here',
  async (path) => {
    expect(await (await setup()).get(path)).toEqual([404, TEXT, 'no such command\n']);
  },
);

test.each(['POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS'])('%s is not served', async (method) => {
  const [status] = await (await setup()).get('/reload', { method });
  expect(status).toBe(404);
});

test('who may not shut down is told how it is allowed', async () => {
  expect(await (await setup()).get('/shutdown')).toEqual([
    403,
    TEXT,
    'shutdown is not allowed; --kestrel-shutdown of the producer, or TIERCEL_KESTREL_SHUTDOWN=true, allows it\n',
  ]);
});

test('who may shut down is told ok', async () => {
  let asked = 0;
  const { get } = await setup({ shutDown: () => asked++ });
  expect(await get('/shutdown.txt')).toEqual([200, TEXT, 'ok\n']);
  expect(asked).toBe(1);
});

test('a page of elsewhere is refused, and does nothing', async () => {
  let reloads = 0;
  const { get } = await setup({ reload: () => reloads++ });
  for (const head of ['Host: evil.example\r\n', 'Host: localhost\r\nOrigin: https://evil.example\r\n'])
    expect((await get('/reload', { head }))[0]).toBe(403);
  expect(reloads).toBe(0);
});

test('brokers that are not there are told as such', async () => {
  const report = () => Promise.reject(new TiercelError('UNREACHABLE'));
  expect(await (await setup({ report })).get('/stats')).toEqual([503, TEXT, expect.stringMatching(/^UNREACHABLE: .*\n$/)]);
});

test.each(['0.0.0.0', '::', '10.0.0.1', 'example.com'])('%s is no address for a port that asks nobody who he is', async (host) => {
  await expect(setup({ host })).rejects.toMatchObject({ code: 'BAD_CONFIG' });
});

test('an address that is taken is told with the flag', async () => {
  const { door } = await setup();
  await expect(setup({ port: door.port })).rejects.toMatchObject({
    code: 'BAD_CONFIG',
    facts: { '--kestrel-admin': expect.stringContaining('EADDRINUSE') },
  });
});
