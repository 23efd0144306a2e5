import {
  type BacklogPage,
  type BacklogRequest,
  type BrokerProtocol,
  type Demand,
  type EnqueueBatch,
  type EnqueueVerdict,
  type HeldProtocol,
  type ListQuery,
  type Presence,
  PURGE_STATES,
  type PurgeQuery,
  type ReadyPair,
  type ReserveReply,
  type Served,
  type SettleBatch,
  type StorageView,
  type SysProtocol,
} from './broker-protocol.js';
import { ERRORS, type ErrorCode } from './errors.js';
import { AS_QUEUE, DURABILITIES, ENCODINGS, type JobView, NEVER_MS, type NewJob, type QueueView, STATES } from './job.js';
import { isToken } from './lease.js';
import { LIMITS } from './limits.js';
import { isJobId, isJobName, isName } from './names.js';
import { readAcks } from './packed-acks.js';
import { readBatch } from './packed-batch.js';
import { openJobs, packJobs } from './packed-jobs.js';
import {
  type Counted,
  isFanout,
  type Quarantined,
  type QueueSettings,
  SETTINGS,
  type SettingsView,
  TO_DEAD,
  WHEN_FULL,
} from './queue-settings.js';
import { EXTEND_CODES, OUTCOMES, SETTLE_CODES, type Settlement } from './settlement.js';
import {
  bool,
  bytes,
  type Field,
  fault,
  int,
  intOr,
  list,
  message,
  nothing,
  nullable,
  object,
  oneOf,
  optional,
  pair,
  readable,
  text,
  textLike,
} from './shape.js';

const U32 = 2 ** 32 - 1;
const MS = Number.MAX_SAFE_INTEGER;
/** A reply may hold a full batch and what surrounds it; NATS carries 1 MiB by default. */
const REPLY_BYTES = 1_000_000;

const tenant = textLike('a tenant', isName);
const queue = textLike('a queue', isName);
const isQueueOrAll = (wire: unknown): wire is string => wire === '*' || isName(wire);
const isNameOrNone = (wire: unknown): wire is string => wire === '' || isName(wire);
const queueOrAll = textLike('a queue or *', isQueueOrAll);
const queueOrNone = textLike('a queue', isNameOrNone);
const tenantOrNone = textLike('a tenant', isNameOrNone);
const jobName = textLike('a job name', isJobName);
const id = textLike('a job id', isJobId);
const token = textLike('a token', isToken);
const reason = text(LIMITS.reasonChars);
const owner = text(LIMITS.ownerChars);
const state = oneOf(STATES);
const stateOrNone = oneOf([...STATES, '']) as Field<EnqueueVerdict['state']>;
const encoding = oneOf(ENCODINGS);
const payload = bytes(LIMITS.batchBytes);
const result = bytes(LIMITS.resultBytes);
const batch = <T>(field: Field<T>) => list(field, LIMITS.batchItems);

const newJob = object<NewJob>({
  id,
  generated: bool,
  queue,
  name: jobName,
  payload,
  encoding,
  checksum: int(0, U32),
  delayMs: int(0, LIMITS.delayMs),
  priority: int(0, LIMITS.priority),
  attempts: int(AS_QUEUE, LIMITS.attempts),
  leaseMs: intOr([AS_QUEUE, 0], LIMITS.leaseMinMs, LIMITS.leaseMs),
  timeoutMs: int(1, LIMITS.timeoutMs),
  backoffMs: int(0, LIMITS.backoffMs),
  backoffMaxMs: int(0, LIMITS.backoffMs),
  ttlMs: int(0, LIMITS.delayMs),
  atMs: int(0, NEVER_MS),
});

/** Codes of verdicts by word, so that a table that grows never changes what an old number meant. */
const verdictCode = textLike(
  'a verdict',
  (wire): wire is 'OK' | 'DUPLICATE' | ErrorCode =>
    wire === 'OK' || wire === 'DUPLICATE' || (typeof wire === 'string' && Object.hasOwn(ERRORS, wire)),
) as Field<EnqueueVerdict['code']>;

const verdictList = batch(object<EnqueueVerdict>({ code: verdictCode, state: stateOrNone }));
const DUPLICATE = 16;
/** By what they travel as: a byte for a job that is stored, of the state it is in. */
const STORED: readonly EnqueueVerdict[] = (['OK', 'DUPLICATE'] as const).flatMap((code) => {
  const verdicts = STATES.map((each): EnqueueVerdict => Object.freeze({ code, state: each }));
  return [...verdicts, ...new Array(DUPLICATE - verdicts.length)];
});
const STATE_PLACES = new Map<string, number>(STATES.map((each, place) => [each, place]));

function storedCode({ code, state: each }: EnqueueVerdict): number {
  const place = STATE_PLACES.get(each);
  if (place === undefined || (code !== 'OK' && code !== 'DUPLICATE')) return -1;
  return code === 'OK' ? place : DUPLICATE + place;
}

/** Bytes where all are stored, else a list. */
const verdicts: Field<readonly EnqueueVerdict[]> = {
  pack(values) {
    const codes = new Uint8Array(values.length);
    for (let place = 0; place < values.length; place++) {
      const code = storedCode(values[place] as EnqueueVerdict);
      if (code < 0) return verdictList.pack(values);
      codes[place] = code;
    }
    return values.length <= LIMITS.batchItems ? codes : verdictList.pack(values);
  },
  check(wire) {
    if (!(wire instanceof Uint8Array)) return verdictList.check(wire);
    if (wire.length > LIMITS.batchItems) return fault('BATCH_TOO_LARGE', { items: wire.length, max: LIMITS.batchItems });
    const told = new Array<EnqueueVerdict>(wire.length);
    for (let place = 0; place < wire.length; place++)
      told[place] = STORED[wire[place] as number] ?? fault('BAD_MESSAGE', { expected: 'a verdict' });
    return told;
  },
};

const leaseRef = { tenant, id, token };

const jobView = object<JobView>({
  id,
  tenant,
  queue,
  name: jobName,
  state,
  attempt: int(0, U32),
  spent: int(0, LIMITS.attempts),
  attempts: int(AS_QUEUE, LIMITS.attempts),
  undelivered: int(0, 255),
  lostLeases: int(0, 255),
  priority: int(0, LIMITS.priority),
  cancelRequested: bool,
  createdAtMs: int(0, MS),
  atMs: int(0, MS),
  owner,
  reason,
  result: optional(result),
  encoding,
  payload: optional(payload),
});

const count = int(0, MS);
const queueView = object<QueueView>({
  queue,
  ready: count,
  scheduled: count,
  leased: count,
  dead: count,
  finished: count,
  bytes: count,
  oldestMs: count,
  paused: bool,
});

const isExpireTo = (wire: unknown): wire is string => wire === '' || wire === TO_DEAD || isName(wire);
/** Each queue that has settings, and the tenant. */
const SETTINGS_LISTED = LIMITS.queuesSet + 1;
/** One for each name that is counted, and one without a name for each queue. */
const COUNTED = LIMITS.countedNames + LIMITS.queuesListed;

/** What storage has room for. */
const most = int(0, NEVER_MS);
const settings = object<QueueSettings>({
  paused: optional(bool),
  leaseMs: optional(intOr([0], LIMITS.leaseMinMs, LIMITS.leaseMs)),
  attempts: optional(int(0, LIMITS.attempts)),
  maxAgeMs: optional(int(0, LIMITS.delayMs)),
  expireTo: optional(textLike("a queue, '' or *dead", isExpireTo)),
  finishedMs: optional(most),
  finishedMax: optional(most),
  finishedBytes: optional(most),
  deadMs: optional(most),
  deadMax: optional(most),
  deadBytes: optional(most),
  maxItems: optional(most),
  maxBytes: optional(most),
  maxItemBytes: optional(most),
  whenFull: optional(oneOf(WHEN_FULL)),
  fanout: optional(textLike('names of queues, with commas between', isFanout)),
  fanoutOnly: optional(bool),
  maxAborts: optional(int(0, LIMITS.attempts)),
});

const isJobNameOrNone = (wire: unknown): wire is string => wire === '' || isJobName(wire);
const counted = object<Counted>({
  queue,
  name: textLike('a job name', isJobNameOrNone),
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

/** Every field of every outcome; which of them count, the outcome says. */
interface FlatSettlement {
  tenant: string;
  id: string;
  token: string;
  outcome: Settlement['outcome'];
  result?: Uint8Array;
  delayMs?: number;
  spend?: boolean;
  lost?: boolean;
  head?: boolean;
  reason?: string;
  queue?: string;
  corrupt?: boolean;
}

const flat = object<FlatSettlement>({
  ...leaseRef,
  outcome: oneOf(OUTCOMES),
  result: optional(result),
  delayMs: optional(int(0, LIMITS.delayMs)),
  spend: optional(bool),
  lost: optional(bool),
  head: optional(bool),
  reason: optional(reason),
  queue: optional(queue),
  corrupt: optional(bool),
});

const settlement: Field<Settlement> = {
  pack: flat.pack as (value: Settlement) => unknown,
  check: (wire) => unflatten(flat.check(wire)),
};

function unflatten(of: FlatSettlement): Settlement {
  const {
    tenant,
    id,
    token,
    outcome,
    result,
    delayMs = 0,
    spend = false,
    lost = false,
    head = false,
    reason = '',
    queue,
    corrupt,
  } = of;
  if (outcome === 'ack') return result === undefined ? { tenant, id, token, outcome } : { tenant, id, token, outcome, result };
  if (outcome === 'bury') return corrupt ? { tenant, id, token, outcome, reason, corrupt } : { tenant, id, token, outcome, reason };
  const release = { tenant, id, token, outcome, delayMs, spend, lost, head, reason };
  return queue === undefined ? release : { ...release, queue };
}

const ids = batch(id);
const changeVerdicts = message(
  object({ verdicts: batch(object({ code: oneOf(['OK', 'NOT_FOUND', 'WRONG_STATE']), state: stateOrNone })) }),
  REPLY_BYTES,
);

type Shapes<P> = {
  readonly [K in keyof P]: {
    readonly body: {
      encode(value: P[K] extends (body: infer B) => unknown ? B : never): Uint8Array;
      decode(bytes: Uint8Array): P[K] extends (body: infer B) => unknown ? B : never;
    };
    readonly reply: {
      encode(value: P[K] extends (body: never) => infer R ? R : never): Uint8Array;
      decode(bytes: Uint8Array): P[K] extends (body: never) => infer R ? R : never;
    };
  };
};

const settlements = batch(settlement);
const settleCodes = batch(oneOf(SETTLE_CODES));

/** Jobs travel packed, a piece for each reserve of a shard; only the worker opens them. */
const packedReply = object<Omit<ReserveReply, 'jobs' | 'packed'> & { packed: readonly Uint8Array[] }>({
  packed: batch(bytes(REPLY_BYTES)),
  deliveryLeaseMs: int(1, LIMITS.leaseMs + LIMITS.parkMs),
  verdicts: optional(settleCodes),
});

const reserveReply: Field<ReserveReply> = {
  pack({ jobs, packed = jobs.length > 0 ? [packJobs(jobs)] : [], ...rest }) {
    return packedReply.pack({ packed: packed.map((piece) => piece.bytes), ...rest });
  },
  check(wire) {
    const { packed, ...rest } = packedReply.check(wire);
    return { jobs: packed.flatMap((piece) => readable('packed jobs', () => openJobs(piece))), ...rest };
  },
};

/** What travels in a form of its own, looked over when it comes off the wire. */
const packed = <T extends { readonly count: number; readonly bytes: Uint8Array }>(
  what: string,
  read: (bytes: Uint8Array) => T,
): Field<T | undefined> =>
  optional({
    pack: (value) => bounded(value).bytes,
    check: (wire) => bounded(readable(what, () => read(raw.check(wire)))),
  });

const raw = bytes(LIMITS.batchBytes);

/** As a list of them is bounded. */
function bounded<T extends { readonly count: number }>(batch: T): T {
  return batch.count <= LIMITS.batchItems ? batch : fault('BATCH_TOO_LARGE', { items: batch.count, max: LIMITS.batchItems });
}

const acks = packed('acknowledgements', readAcks);

/** The wire form of {@link BrokerProtocol}; docs/protocol.md describes it. */
export const brokerCodec: Shapes<BrokerProtocol> = {
  enqueue: {
    body: message(object<EnqueueBatch>({ jobs: batch(newJob), packed: packed('a batch', readBatch) })),
    reply: message(
      object({
        verdicts,
        durability: oneOf(DURABILITIES),
      }),
      REPLY_BYTES,
    ),
  },
  reserve: {
    body: message(
      object<Demand>({
        queues: list(queueOrAll, LIMITS.queuesPerReserve),
        max: int(1, LIMITS.batchItems),
        maxBytes: int(1, LIMITS.batchBytes),
        owner,
        parkMs: int(0, LIMITS.parkMs),
        settlements: optional(settlements),
        acks,
      }),
    ),
    reply: message(reserveReply, REPLY_BYTES),
  },
  extend: {
    body: message(object({ leases: batch(object({ ...leaseRef, leaseMs: int(0, LIMITS.leaseMs) })) })),
    reply: message(object({ verdicts: batch(oneOf(EXTEND_CODES)) }), REPLY_BYTES),
  },
  settle: {
    body: message(object<SettleBatch>({ settlements, acks })),
    reply: message(object({ verdicts: settleCodes }), REPLY_BYTES),
  },
  find: {
    body: message(object({ ids, payload: bool })),
    reply: message(object({ jobs: batch(nullable(jobView)) }), REPLY_BYTES),
  },
  list: {
    body: message(
      object<ListQuery>({
        state,
        queue: queueOrNone,
        cursor: text(LIMITS.cursorChars),
        limit: int(1, LIMITS.listPage),
        payload: bool,
      }),
    ),
    reply: message(object({ jobs: batch(jobView), cursor: text(LIMITS.cursorChars) }), REPLY_BYTES),
  },
  cancel: { body: message(object({ ids })), reply: changeVerdicts },
  revive: { body: message(object({ ids })), reply: changeVerdicts },
  forget: { body: message(object({ ids })), reply: changeVerdicts },
  queues: {
    body: message(object<Record<string, never>>({})),
    reply: message(object({ queues: list(queueView, LIMITS.queuesListed) }), REPLY_BYTES, LIMITS.queuesListed),
  },
  control: {
    body: message(object({ queue: queueOrNone, set: settings, clear: list(oneOf(SETTINGS), SETTINGS.length) })),
    reply: message(object<Record<string, never>>({})),
  },
  settings: {
    body: message(object<Record<string, never>>({})),
    reply: message(
      object({ settings: list(object<SettingsView>({ queue: queueOrNone, settings }), SETTINGS_LISTED) }),
      REPLY_BYTES,
      SETTINGS_LISTED,
    ),
  },
  purge: {
    body: message(
      object<PurgeQuery>({
        queue: queueOrNone,
        states: list(oneOf(PURGE_STATES), PURGE_STATES.length),
        limit: int(1, LIMITS.purgedAtOnce),
      }),
    ),
    reply: message(object({ removed: count, more: bool })),
  },
  counters: {
    body: message(object<Record<string, never>>({})),
    reply: message(object({ counters: list(counted, COUNTED) }), REPLY_BYTES, COUNTED),
  },
  quarantined: {
    body: message(object({ cursor: text(LIMITS.cursorChars), limit: int(1, LIMITS.listPage) })),
    reply: message(
      object({
        records: batch(object<Quarantined>({ id, atMs: count, reason, record: bytes(REPLY_BYTES) })),
        cursor: text(LIMITS.cursorChars),
      }),
      REPLY_BYTES,
    ),
  },
  backlog: {
    body: message(
      object<BacklogRequest>({ queue: queueOrNone, cursor: text(LIMITS.cursorChars), limit: int(1, LIMITS.batchItems) }),
    ),
    reply: message(
      object<BacklogPage>({ pairs: batch(object<ReadyPair>({ tenant, queue, ready: count })), cursor: text(LIMITS.cursorChars) }),
      REPLY_BYTES,
    ),
  },
};

/** The wire form of {@link HeldProtocol}. */
export const heldCodec: Shapes<HeldProtocol> = { extend: brokerCodec.extend, settle: brokerCodec.settle };

/** The wire form of {@link SysProtocol}. */
export const sysCodec: Shapes<SysProtocol> = {
  nudge: { body: message(object({ from: text(64), pairs: batch(pair(tenant, queue)) })), reply: message(nothing) },
  alive: {
    body: message(
      object<Presence>({
        service: text(64),
        instance: text(128),
        pid: int(0, U32),
        stopping: bool,
        leases: count,
        version: text(32),
        nowMs: int(0, MS),
        serves: optional(
          object<Served>({
            tenant: tenantOrNone,
            queues: list(queueOrAll, LIMITS.queuesPerReserve),
            slots: int(1, LIMITS.batchItems),
          }),
        ),
        storage: optional(
          object<StorageView>({
            engine: text(64),
            durability: oneOf(DURABILITIES),
            unknown: list(text(32), 8),
            clockJumpMs: int(-NEVER_MS, NEVER_MS),
            serving: bool,
          }),
        ),
      }),
    ),
    reply: message(nothing),
  },
  gone: { body: message(object({ owner, reason })), reply: message(nothing) },
};
