import fc from 'fast-check';
import { type BrokerProtocol, PURGE_STATES, type SysProtocol } from './broker-protocol.js';
import { ERRORS, type ErrorCode } from './errors.js';
import { AS_QUEUE, DURABILITIES, ENCODINGS, type JobView, NEVER_MS, type NewJob, type QueueView, STATES } from './job.js';
import type { LeasedJob } from './lease.js';
import { LIMITS } from './limits.js';
import { type Counted, type Quarantined, type QueueSettings, SETTINGS, TO_DEAD, WHEN_FULL } from './queue-settings.js';
import { EXTEND_CODES, SETTLE_CODES, type Settlement } from './settlement.js';

const U32 = 2 ** 32 - 1;
const MS = Number.MAX_SAFE_INTEGER;

const whole = (min: number, max: number) => fc.oneof(fc.constantFrom(min, max), fc.integer({ min, max }));
const lease = (...others: number[]) => fc.oneof(fc.constantFrom(...others), whole(LIMITS.leaseMinMs, LIMITS.leaseMs));
const matching = (pattern: RegExp) => fc.stringMatching(pattern);
const payload = fc.uint8Array({ maxLength: 300 });
const bool = fc.boolean();

export const aName = matching(/^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/);
export const aJobName = matching(/^[\x21-\x7e]{1,128}$/);
export const aJobId = matching(/^[A-Za-z0-9][A-Za-z0-9_.:@-]{0,127}$/);
const token = matching(/^[0-9a-f]{24}$/);
const owner = fc.string({ maxLength: LIMITS.ownerChars });
const reason = fc.string({ unit: 'grapheme', maxLength: 200 }).filter(({ length }) => length <= LIMITS.reasonChars);
const count = whole(0, MS);
const encoding = fc.constantFrom(...ENCODINGS);
const leaseRef = { tenant: aName, id: aJobId, token };
const few = <T>(item: fc.Arbitrary<T>) => fc.array(item, { maxLength: 5 });

export const aNewJob: fc.Arbitrary<NewJob> = fc.record({
  id: aJobId,
  generated: bool,
  queue: aName,
  name: aJobName,
  payload,
  encoding,
  checksum: whole(0, U32),
  delayMs: whole(0, LIMITS.delayMs),
  atMs: whole(0, NEVER_MS),
  priority: whole(0, LIMITS.priority),
  attempts: whole(AS_QUEUE, LIMITS.attempts),
  leaseMs: lease(AS_QUEUE, 0),
  timeoutMs: whole(1, LIMITS.timeoutMs),
  backoffMs: whole(0, LIMITS.backoffMs),
  backoffMaxMs: whole(0, LIMITS.backoffMs),
  ttlMs: whole(0, LIMITS.delayMs),
});

const leasedJob: fc.Arbitrary<LeasedJob> = fc.record({
  ...leaseRef,
  queue: aName,
  name: aJobName,
  payload,
  encoding,
  checksum: whole(0, U32),
  originQueue: aName,
  attempt: whole(1, U32),
  spent: whole(0, LIMITS.attempts),
  attempts: whole(0, LIMITS.attempts),
  lostLeases: whole(0, 255),
  leaseMs: whole(0, LIMITS.leaseMs),
  timeoutMs: whole(0, LIMITS.timeoutMs),
  backoffMs: whole(0, LIMITS.backoffMs),
  backoffMaxMs: whole(0, LIMITS.backoffMs),
  createdAtMs: whole(0, 2 ** 48 - 1),
});

const jobView = fc.record(
  {
    id: aJobId,
    tenant: aName,
    queue: aName,
    name: aJobName,
    state: fc.constantFrom(...STATES),
    attempt: whole(0, U32),
    spent: whole(0, LIMITS.attempts),
    attempts: whole(AS_QUEUE, LIMITS.attempts),
    undelivered: whole(0, 255),
    lostLeases: whole(0, 255),
    priority: whole(0, LIMITS.priority),
    cancelRequested: bool,
    createdAtMs: whole(0, 2 ** 48 - 1),
    atMs: count,
    owner,
    reason,
    result: payload,
    encoding,
    payload,
  },
  {
    requiredKeys: [
      ...(['id', 'tenant', 'queue', 'name', 'state', 'attempt', 'spent', 'attempts', 'undelivered', 'lostLeases'] as const),
      ...(['priority', 'cancelRequested', 'createdAtMs', 'atMs', 'owner', 'reason', 'encoding'] as const),
    ],
  },
) as fc.Arbitrary<JobView>;

export const anAck = fc.record(
  { ...leaseRef, outcome: fc.constant('ack' as const), result: payload },
  { requiredKeys: ['tenant', 'id', 'token', 'outcome'] },
);

const settlement = fc.oneof(
  anAck,
  fc.record(
    { ...leaseRef, outcome: fc.constant('bury'), reason, corrupt: fc.constant(true) },
    { requiredKeys: ['tenant', 'id', 'token', 'outcome', 'reason'] },
  ),
  fc.record(
    {
      ...leaseRef,
      outcome: fc.constant('release'),
      delayMs: whole(0, LIMITS.delayMs),
      spend: bool,
      lost: bool,
      head: bool,
      reason,
      queue: aName,
    },
    { requiredKeys: ['tenant', 'id', 'token', 'outcome', 'delayMs', 'spend', 'lost', 'head', 'reason'] },
  ),
) as fc.Arbitrary<Settlement>;

const queueView: fc.Arbitrary<QueueView> = fc.record({
  queue: aName,
  ready: count,
  scheduled: count,
  leased: count,
  dead: count,
  finished: count,
  bytes: count,
  oldestMs: count,
  paused: bool,
});

const queueOrNone = fc.oneof(aName, fc.constant(''));
const most = whole(0, NEVER_MS);
const settings = fc.record(
  {
    paused: bool,
    leaseMs: lease(0),
    attempts: whole(0, LIMITS.attempts),
    maxAgeMs: whole(0, LIMITS.delayMs),
    expireTo: fc.oneof(aName, fc.constantFrom('', TO_DEAD)),
    finishedMs: most,
    finishedMax: most,
    finishedBytes: most,
    deadMs: most,
    deadMax: most,
    deadBytes: most,
    maxItems: most,
    maxBytes: most,
    maxItemBytes: most,
    whenFull: fc.constantFrom(...WHEN_FULL),
    fanout: fc.uniqueArray(aName, { maxLength: LIMITS.fanoutQueues }).map((names) => names.join(',')),
    fanoutOnly: bool,
    maxAborts: whole(0, LIMITS.attempts),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<QueueSettings>;

const counted: fc.Arbitrary<Counted> = fc.record({
  queue: aName,
  name: fc.oneof(aJobName, fc.constant('')),
  enqueued: count,
  started: count,
  succeeded: count,
  failed: count,
  retried: count,
  expired: count,
  dead: count,
  cancelled: count,
  discarded: count,
});

const quarantined: fc.Arbitrary<Quarantined> = fc.record({ id: aJobId, atMs: count, reason, record: payload });

const stateOrNone = fc.constantFrom(...STATES, '' as const);
const errorCode = fc.constantFrom(...(Object.keys(ERRORS) as ErrorCode[]));
const enqueueVerdict = fc.record({ code: fc.oneof(errorCode, fc.constantFrom('OK', 'DUPLICATE')), state: stateOrNone });
const changeVerdict = fc.record({ code: fc.constantFrom('OK', 'NOT_FOUND', 'WRONG_STATE'), state: stateOrNone });
const ids = few(aJobId);
const cursor = fc.string({ maxLength: 512 });
const changes = { body: fc.record({ ids }), reply: fc.record({ verdicts: few(changeVerdict) }) };

type Messages<P> = { readonly [K in keyof P]: { readonly body: fc.Arbitrary<unknown>; readonly reply: fc.Arbitrary<unknown> } };

/** Every body and every reply of the broker's contract. */
export const brokerMessages: Messages<BrokerProtocol> = {
  enqueue: {
    body: fc.record({ jobs: few(aNewJob) }),
    reply: fc.record({ verdicts: few(enqueueVerdict), durability: fc.constantFrom(...DURABILITIES) }),
  },
  reserve: {
    body: fc.record({
      queues: fc.oneof(few(aName), fc.constant(['*'])),
      max: whole(1, LIMITS.batchItems),
      maxBytes: whole(1, LIMITS.batchBytes),
      owner,
      parkMs: whole(0, LIMITS.parkMs),
      settlements: fc.option(few(settlement), { nil: undefined }),
    }),
    reply: fc.record({
      jobs: few(leasedJob),
      deliveryLeaseMs: whole(1, LIMITS.leaseMs),
      verdicts: fc.option(few(fc.constantFrom(...SETTLE_CODES)), { nil: undefined }),
    }),
  },
  extend: {
    body: fc.record({ leases: few(fc.record({ ...leaseRef, leaseMs: whole(0, LIMITS.leaseMs) })) }),
    reply: fc.record({ verdicts: few(fc.constantFrom(...EXTEND_CODES)) }),
  },
  settle: {
    body: fc.record({ settlements: few(settlement) }),
    reply: fc.record({ verdicts: few(fc.constantFrom(...SETTLE_CODES)) }),
  },
  find: { body: fc.record({ ids, payload: bool }), reply: fc.record({ jobs: few(fc.option(jobView)) }) },
  list: {
    body: fc.record({
      state: fc.constantFrom(...STATES),
      queue: queueOrNone,
      cursor,
      limit: whole(1, LIMITS.listPage),
      payload: bool,
    }),
    reply: fc.record({ jobs: few(jobView), cursor }),
  },
  cancel: changes,
  revive: changes,
  forget: changes,
  queues: { body: fc.constant({}), reply: fc.record({ queues: few(queueView) }) },
  control: {
    body: fc.record({ queue: queueOrNone, set: settings, clear: few(fc.constantFrom(...SETTINGS)) }),
    reply: fc.constant({}),
  },
  settings: { body: fc.constant({}), reply: fc.record({ settings: few(fc.record({ queue: queueOrNone, settings })) }) },
  purge: {
    body: fc.record({ queue: queueOrNone, states: few(fc.constantFrom(...PURGE_STATES)), limit: whole(1, LIMITS.purgedAtOnce) }),
    reply: fc.record({ removed: count, more: bool }),
  },
  counters: { body: fc.constant({}), reply: fc.record({ counters: few(counted) }) },
  quarantined: {
    body: fc.record({ cursor, limit: whole(1, LIMITS.listPage) }),
    reply: fc.record({ records: few(quarantined), cursor }),
  },
  backlog: {
    body: fc.record({ queue: queueOrNone, cursor, limit: whole(1, LIMITS.batchItems) }),
    reply: fc.record({ pairs: few(fc.record({ tenant: aName, queue: aName, ready: count })), cursor }),
  },
};

/** Every body between services. */
export const sysMessages: { readonly [K in keyof SysProtocol]: fc.Arbitrary<unknown> } = {
  nudge: fc.record({ from: fc.string({ maxLength: 64 }), pairs: few(fc.tuple(aName, aName)) }),
  alive: fc.record({
    service: fc.string({ maxLength: 64 }),
    instance: fc.string({ maxLength: 128 }),
    pid: whole(0, U32),
    stopping: bool,
    leases: count,
    version: fc.string({ maxLength: 32 }),
    nowMs: count,
    serves: fc.option(
      fc.record({ tenant: fc.oneof(fc.constant(''), aName), queues: few(aName), slots: whole(1, LIMITS.batchItems) }),
      { nil: undefined },
    ),
    storage: fc.option(
      fc.record({
        engine: fc.string({ maxLength: 64 }),
        durability: fc.constantFrom(...DURABILITIES),
        unknown: fc.array(fc.string({ maxLength: 32 }), { maxLength: 8 }),
        clockJumpMs: whole(-(2 ** 48), 2 ** 48).map((ms) => Math.trunc(ms / 2) || 0), // not -0, which no clock jumps by
        serving: bool,
      }),
      { nil: undefined },
    ),
  }),
  gone: fc.record({ owner, reason }),
};
