import type { QueueView } from '@tiercel/protocol';
import { expect, test } from 'vitest';
import { diagnose, type Symptoms, type TenantView } from './diagnose.js';
import type { Living } from './roll.js';

const aQueue = (queue: Partial<QueueView> = {}): QueueView => ({
  ...{ queue: 'mail', ready: 0, scheduled: 0, leased: 0, dead: 0, finished: 0, bytes: 0, oldestMs: 0, paused: false },
  ...queue,
});
const aProcess = (process: Partial<Living> = {}): Living => ({
  ...{
    service: 'supervisor',
    instance: 'supervisor-1',
    pid: 1,
    stopping: false,
    leases: 0,
    version: '0.1.0',
    nowMs: 0,
    aheadMs: 3,
  },
  ...process,
});
const aBroker = (storage: Partial<Living['storage']> = {}) =>
  aProcess({
    service: 'broker-adapter',
    instance: 'broker-1',
    storage: { engine: 'redis 7.2.0', durability: 'power-loss', unknown: [], clockJumpMs: 0, serving: true, ...storage },
  });
const aConsumer = (serves: Partial<Living['serves']> = {}) =>
  aProcess({
    service: 'consumer',
    instance: 'consumer-1',
    leases: 2,
    serves: { tenant: '', queues: ['mail'], slots: 10, ...serves },
  });

const WELL = [aBroker(), aConsumer()];

function findings(living: Symptoms['living'], view: Partial<TenantView> | null = {}) {
  const common = { version: '0.1.0', namespace: 'tiercel', tenant: 'acme', isLocal: false, living };
  return diagnose({ ...common, view: view === null ? undefined : { queues: [aQueue()], settings: [], quarantined: 0, ...view } });
}
const unwell = (...of: Parameters<typeof findings>) => findings(...of).filter(({ level }) => level !== 'ok');

test('of an installation that is well every check says so, and none has a remedy', () => {
  const all = findings(WELL);

  expect(all.map(({ check }) => check)).toEqual(['brokers', 'versions', 'clocks', 'durability', 'eviction', 'consumers', 'queues']);
  expect(all.every(({ level, remedy }) => level === 'ok' && remedy === undefined)).toBe(true);
});

test.each<[string, string, string, RegExp, Living[]]>([
  ['no broker', 'brokers', 'fail', /none/, [aConsumer()]],
  [
    'a broker whose storage is down',
    'brokers',
    'warn',
    /1 of 2 are not asked/,
    [aBroker(), aBroker({ serving: false }), aConsumer()],
  ],
  ['another version', 'versions', 'warn', /consumer 0\.2\.0/, [aBroker(), { ...aConsumer(), version: '0.2.0' }]],
  ['a clock that is wrong', 'clocks', 'warn', /supervisor-1 is 9s behind/, [...WELL, aProcess({ aheadMs: -9_000 })]],
  ['a clock that jumped', 'clocks', 'warn', /jumped by 1m/, [aBroker({ clockJumpMs: -60_000 }), aConsumer()]],
  ['jobs in memory', 'durability', 'warn', /survive nothing/, [aBroker({ durability: 'memory' }), aConsumer()]],
  ['a storage that does not say what it keeps', 'durability', 'warn', /unknown/, [aBroker({ durability: 'unknown' }), aConsumer()]],
  ['a storage that may evict', 'eviction', 'warn', /does not say/, [aBroker({ unknown: ['eviction'] }), aConsumer()]],
  ['two storages', 'storage', 'fail', /redis 7\.2\.0, lmdb/, [aBroker(), aBroker({ engine: 'lmdb' }), aConsumer()]],
  ['no consumer', 'consumers', 'warn', /none/, [aBroker()]],
])('%s is told, with what mends it', (_what, check, level, says, living) => {
  expect(unwell(living)).toEqual([{ check, level, says: expect.stringMatching(says), remedy: expect.stringMatching(/\w/) }]);
});

test('of a server of Kestrel’s protocol nobody is told to let the broker read what it cannot', () => {
  const told = unwell([
    aBroker({ engine: 'kestrel 2.4.7', durability: 'unknown', unknown: ['durability', 'eviction'] }),
    aConsumer(),
  ]);

  expect(told.map(({ check }) => check)).toEqual(['durability', 'eviction']);
  for (const { remedy } of told) expect(remedy).toMatch(/ask whoever runs it/);
});

test.each<[string, RegExp, Partial<QueueView>]>([
  ['dead letters', /^3 dead$/, { dead: 3 }],
  ['a paused queue with work', /^paused, with 2 jobs ready$/, { ready: 2, paused: true }],
  ['a job that waits long', /^a job is ready for 10m, and 2 jobs wait$/, { ready: 2, leased: 1, oldestMs: 600_000 }],
  ['a queue that is nearly full', /^nearly as full/, { scheduled: 95 }],
  ['a queue that nobody serves', /^1 job ready, and no consumer serves it$/, { queue: 'post', ready: 1 }],
])('%s is odd', (_what, says, queue) => {
  const settings = [{ queue: '', settings: { maxItems: 100 } }];

  expect(unwell(WELL, { queues: [aQueue(queue)], settings })).toMatchObject([{ level: 'warn', says: expect.stringMatching(says) }]);
});

test('a queue is served by whoever names it or all, for this tenant or all', () => {
  const queues = [aQueue({ queue: 'post', ready: 1 })];

  expect(unwell([aBroker(), aConsumer({ queues: ['*'], tenant: 'acme' })], { queues })).toEqual([]);
  expect(unwell([aBroker(), aConsumer({ queues: ['*'], tenant: 'globex' })], { queues })).toHaveLength(1);
});

test.each([
  ['mail_dead', /^2 jobs of mail, which `tiercel consume` gave up/],
  ['mail_errors', /tries again$/],
  ['x--ns_3amail_5fquarantine', /^2 jobs of ns:mail, which are no jobs/],
])('what `tiercel consume` left on %s is nobody’s to take, and is told', (queue, says) => {
  const queues = [aQueue({ queue, ready: 2, oldestMs: 600_000 })];

  expect(unwell(WELL, { queues })).toEqual([]);
  expect(findings(WELL, { queues }).at(-1)).toEqual({ check: `queue ${queue}`, level: 'ok', says: expect.stringMatching(says) });
  expect(unwell(WELL, { queues: [aQueue({ queue, dead: 1 })] })).toHaveLength(1);
});

test('what a queue is allowed to hold goes before what its tenant is', () => {
  const settings = [
    { queue: '', settings: { maxItems: 10 } },
    { queue: 'mail', settings: { maxItems: 1_000 } },
  ];

  expect(unwell(WELL, { queues: [aQueue({ scheduled: 95 })], settings })).toEqual([]);
});

test('records that cannot be trusted are a failure', () => {
  expect(unwell(WELL, { quarantined: 4 })).toMatchObject([{ check: 'quarantine', level: 'fail' }]);
});

test('who may not hear the processes is told which credential may, and hears of queues', () => {
  expect(unwell(undefined, { queues: [aQueue({ dead: 1 })] })).toMatchObject([
    { check: 'processes', level: 'warn', remedy: expect.stringContaining('tiercel.tiercel._sys.>') },
    { check: 'queue mail', level: 'warn' },
  ]);
});

test('when no broker answers the tenant, the processes are told all the same', () => {
  expect(findings([aConsumer()], null).map(({ check }) => check)).toEqual(['brokers', 'versions', 'clocks', 'consumers']);
});

test('where a program keeps the jobs, no broker and no consumer is missed', () => {
  const of = (living: Symptoms['living'], isLocal: boolean, view: TenantView | undefined) =>
    diagnose({ version: '0.1.0', namespace: 'tiercel', tenant: 'acme', isLocal, living, view }).map(
      ({ check, level }) => `${check} ${level}`,
    );
  const view = { queues: [], settings: [], quarantined: 0 };

  expect(of([], true, view)).toEqual(['brokers ok', 'queues ok']);
  expect(of([aConsumer()], true, view)).toEqual(['brokers ok', 'versions ok', 'clocks ok', 'consumers ok', 'queues ok']);
  expect(of([], true, undefined)).toEqual(['brokers fail', 'consumers warn']);
  expect(of([], false, view)).toEqual(['brokers fail', 'consumers warn', 'queues ok']);
});
