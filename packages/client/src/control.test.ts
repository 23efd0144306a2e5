import type { BrokerProtocol, JobView } from '@tiercel/protocol';
import { describe, expect, test } from 'vitest';

import { aView, setup, thrown } from './setup.test.kit.js';
import type { TenantClient } from './tenant-client.js';

type Asked = { readonly verb: string; readonly subject: string; readonly body: unknown };

/** A client whose broker writes down what it is asked by these verbs, and answers what it is told. */
async function asked(answers: { readonly [K in keyof BrokerProtocol]?: (body: never, turn: number) => object }) {
  const heard: Asked[] = [];
  const noting = Object.entries(answers).map(([verb, answer]) => [
    verb,
    (body: never, { subject }: { subject: string }) => {
      heard.push({ verb, subject, body });
      return answer(body, heard.length);
    },
  ]);
  const scene = await setup(Object.fromEntries(noting));
  return { ...scene, heard, acme: scene.client.tenant('acme') };
}

describe('a list', () => {
  test('says every field, and goes on the subject of its queue', async () => {
    const { acme, heard, after } = await asked({ list: () => ({ jobs: [aView()], cursor: 'next' }) });

    expect(await after(10, acme.list({ state: 'leased' }))).toEqual({ jobs: [aView()], cursor: 'next' });
    await after(10, acme.list({ state: 'ready', queue: 'mail', cursor: 'next', limit: 7, payload: true }));

    expect(heard).toMatchObject([
      { subject: 'tiercel.test.acme.list._any', body: { state: 'leased', queue: '', cursor: '', limit: 100, payload: false } },
      { subject: 'tiercel.test.acme.list.mail', body: { state: 'ready', queue: 'mail', cursor: 'next', limit: 7, payload: true } },
    ]);
  });
});

describe('peek', () => {
  /** Jobs that are listed two a page, the second page being empty. */
  const pages = (count: number) => ({
    list({ cursor, limit }: { cursor: string; limit: number }) {
      const from = Number(cursor || 0);
      const jobs = from === 2 ? [] : Array.from({ length: Math.min(2, limit) }, (_, at) => aView({ id: `job-${from + at}` }));
      return { jobs, cursor: from + 2 >= count ? '' : String(from + 2) };
    },
  });
  const ids = (jobs: readonly JobView[]) => jobs.map(({ id }) => id);

  test('is of the first job, with its payload', async () => {
    const { acme, heard, after } = await asked(pages(10));
    expect(ids(await after(10, acme.peek('mail')))).toEqual(['job-0']);
    expect(heard).toMatchObject([{ body: { state: 'ready', queue: 'mail', limit: 1, payload: true } }]);
  });

  test('goes from page to page until it has as many as asked for, over empty ones', async () => {
    const { acme, heard, after } = await asked(pages(10));
    expect(ids(await after(50, acme.peek('mail', 5)))).toEqual(['job-0', 'job-1', 'job-4', 'job-5', 'job-6']);
    expect(heard.map(({ body }) => (body as { limit: number }).limit)).toEqual([5, 3, 3, 1]);
  });

  test('of fewer than asked for ends with the last page', async () => {
    const { acme, after } = await asked(pages(6));
    expect(await after(50, acme.peek('mail', 100))).toHaveLength(4);
  });
});

describe('a purge', () => {
  test('is repeated while there is more, and says how many jobs were forgotten', async () => {
    const { acme, heard, after } = await asked({ purge: (_, turn) => ({ removed: turn < 4 ? 1_000 : 7, more: turn < 4 }) });

    expect(await after(100, acme.purge({ queue: 'mail', states: ['dead', 'expired', 'dead'] }))).toEqual({
      removed: 3_007,
      more: false,
    });
    expect(heard).toHaveLength(4);
    for (const { subject, body } of heard) {
      expect(subject).toBe('tiercel.test.acme.purge.mail');
      expect(body).toEqual({ queue: 'mail', states: ['dead', 'expired'], limit: 1_000 });
    }
  });

  test('takes what waits by default, and quarantined records of no queue', async () => {
    const { acme, heard, after } = await asked({ purge: () => ({ removed: 0, more: false }) });
    await after(10, acme.purge({ queue: 'mail' }));
    await after(10, acme.purge({ states: ['quarantined'] }));
    expect(heard.map(({ body }) => body)).toMatchObject([
      { queue: 'mail', states: ['ready', 'scheduled'] },
      { queue: '', states: ['quarantined'] },
    ]);
  });

  test('of a queue that fills as fast as it is purged ends, and says that there is more', async () => {
    const { acme, heard, after } = await asked({ purge: () => ({ removed: 1_000, more: true }) });
    expect(await after(60_000, acme.purge({ queue: 'mail' }))).toEqual({ removed: 1_000_000, more: true });
    expect(heard).toHaveLength(1_000);
  });
});

describe('settings', () => {
  test('are set and taken back, of a queue or of the tenant', async () => {
    const { acme, heard, after } = await asked({ control: () => ({}) });

    await after(
      10,
      acme.set('mail', { maxItems: 10, whenFull: 'drop-oldest', leaseMs: 0, expireTo: 'late' }, ['attempts', 'attempts']),
    );
    await after(10, acme.pause('mail'));
    await after(10, acme.pause());
    await after(10, acme.resume('mail'));
    await after(10, acme.resume());

    expect(heard.map(({ subject, body }) => [subject.split('.').at(-1), body])).toEqual([
      [
        'mail',
        { queue: 'mail', set: { maxItems: 10, whenFull: 'drop-oldest', leaseMs: 0, expireTo: 'late' }, clear: ['attempts'] },
      ],
      ['mail', { queue: 'mail', set: { paused: true }, clear: [] }],
      ['_any', { queue: '', set: { paused: true }, clear: [] }],
      ['mail', { queue: 'mail', set: {}, clear: ['paused'] }],
      ['_any', { queue: '', set: {}, clear: ['paused'] }],
    ]);
  });

  test('counters and quarantined records are passed on', async () => {
    const counters = [
      {
        ...{ queue: 'mail', name: 'HelloWorld', enqueued: 9, started: 8, succeeded: 7, failed: 6, retried: 5 },
        ...{ expired: 4, dead: 3, cancelled: 2, discarded: 1 },
      },
    ];
    const settings = [{ queue: '', settings: { paused: true } }];
    const records = [{ id: 'a', atMs: 1, reason: 'CORRUPT', record: Uint8Array.of(1) }];
    const { acme, heard, after } = await asked({
      counters: () => ({ counters }),
      settings: () => ({ settings }),
      quarantined: () => ({ records, cursor: 'next' }),
    });
    expect(await after(10, acme.counters())).toEqual(counters);
    expect(await after(10, acme.settings())).toEqual(settings);
    expect(await after(10, acme.quarantined())).toMatchObject({
      records: [{ id: 'a', atMs: 1, reason: 'CORRUPT' }],
      cursor: 'next',
    });
    await after(10, acme.quarantined({ cursor: 'next', limit: 3 }));
    expect(heard.slice(-2).map(({ body }) => body)).toEqual([
      { cursor: '', limit: 100 },
      { cursor: 'next', limit: 3 },
    ]);
  });
});

/** As callers without types may have them. */
const wrong: readonly [what: string, call: (acme: TenantClient) => Promise<unknown>, code: string, facts: object][] = [
  ['a state that is none', (acme) => acme.list({ state: 'done' as 'dead' }), 'BAD_OPTION', { option: 'state', got: 'done' }],
  ['a queue that is none', (acme) => acme.list({ state: 'dead', queue: 'a b' }), 'BAD_NAME', { kind: 'queue' }],
  ['a cursor too long', (acme) => acme.dead({ cursor: 'x'.repeat(513) }), 'BAD_OPTION', { option: 'cursor' }],
  ['a limit of 0', (acme) => acme.dead({ limit: 0 }), 'BAD_OPTION', { option: 'limit', expected: 'a whole number 1 to 100' }],
  ['a limit over 100', (acme) => acme.quarantined({ limit: 101 }), 'BAD_OPTION', { option: 'limit' }],
  ['payload that is no flag', (acme) => acme.dead({ payload: 1 as unknown as true }), 'BAD_OPTION', { option: 'payload' }],
  ['a peek at no queue', (acme) => acme.peek(''), 'BAD_NAME', { kind: 'queue' }],
  ['a peek at half a job', (acme) => acme.peek('mail', 0.5), 'BAD_OPTION', { option: 'count' }],
  ['a purge of no queue', (acme) => acme.purge({}), 'BAD_OPTION', { option: 'queue' }],
  ['a purge of no state', (acme) => acme.purge({ queue: 'mail', states: [] }), 'BAD_OPTION', { option: 'states' }],
  ['a purge of leases', (acme) => acme.purge({ queue: 'mail', states: ['leased' as 'dead'] }), 'BAD_OPTION', { option: 'states' }],
  [
    'a purge of what a queue does not know',
    (acme) => acme.purge({ queue: 'mail', states: ['quarantined'] }),
    'BAD_OPTION',
    { option: 'states' },
  ],
  ['a purge of all at once', (acme) => acme.purge({ states: ['quarantined', 'dead'] }), 'BAD_OPTION', { option: 'states' }],
  [
    'a setting nobody knows',
    (acme) => acme.set('mail', { colour: 1 } as object),
    'BAD_OPTION',
    { option: 'settings', got: 'colour' },
  ],
  ['to clear such a one', (acme) => acme.set('mail', {}, ['colour' as 'paused']), 'BAD_OPTION', { option: 'clear' }],
  ['a pause that is no flag', (acme) => acme.set('mail', { paused: 1 as unknown as true }), 'BAD_OPTION', { option: 'paused' }],
  ['a lease too short', (acme) => acme.set('mail', { leaseMs: 999 }), 'BAD_OPTION', { option: 'leaseMs' }],
  ['fewer than no attempts', (acme) => acme.set('mail', { attempts: -1 }), 'BAD_OPTION', { option: 'attempts' }],
  ['an age over 366 days', (acme) => acme.set('', { maxAgeMs: 367 * 86_400_000 }), 'BAD_OPTION', { option: 'maxAgeMs' }],
  ['expiry to no queue', (acme) => acme.set('mail', { expireTo: '*' }), 'BAD_OPTION', { option: 'expireTo' }],
  ['expiry to itself', (acme) => acme.set('mail', { expireTo: 'mail' }), 'BAD_OPTION', { option: 'expireTo' }],
  ['more than storage counts', (acme) => acme.set('mail', { deadBytes: 2 ** 48 }), 'BAD_OPTION', { option: 'deadBytes' }],
  ['a way that is none', (acme) => acme.set('mail', { whenFull: 'drop' as 'refuse' }), 'BAD_OPTION', { option: 'whenFull' }],
  ['a fan-out with a blank', (acme) => acme.set('mail', { fanout: 'audit, mirror' }), 'BAD_OPTION', { option: 'fanout' }],
  ['a fan-out that names one twice', (acme) => acme.set('mail', { fanout: 'audit,audit' }), 'BAD_OPTION', { option: 'fanout' }],
  ['a fan-out to itself', (acme) => acme.set('mail', { fanout: 'audit,mail' }), 'BAD_OPTION', { option: 'fanout' }],
  [
    'a fan-out to 33 queues',
    (acme) => acme.set('mail', { fanout: Array.from({ length: 33 }, (_, at) => `q${at}`).join(',') }),
    'BAD_OPTION',
    { option: 'fanout' },
  ],
  ['a limit that is no number', (acme) => acme.set('mail', { maxAborts: 1.5 }), 'BAD_OPTION', { option: 'maxAborts' }],
];

test.each(wrong)('%s is refused before anything is sent', async (_what, call, code, facts) => {
  const { client, kit } = await setup();
  kit.cut('client', 'broker');
  await expect(call(client.tenant('acme'))).rejects.toEqual(thrown(code, facts));
});
