import type { OUTCOMES } from '@tiercel/protocol';
import fc from 'fast-check';
import { IDS, NONCES, OWNERS, QUEUES, RETENTIONS, TENANTS } from './world.js';

/** A store to open and what to do with it: plain data that fast-check can shrink and print. */
export interface Sequence {
  readonly shards: number;
  readonly retention: (typeof RETENTIONS)[number];
  readonly commands: readonly Command[];
}

/** Which lease a command means: one not settled yet (it may have been reaped), any ever granted, or one that never was. */
export interface GrantPick {
  readonly from: 'open' | 'ever' | 'forged';
  readonly nth: number;
}

export type Command = { [V in keyof Arguments]: { readonly verb: V } & Arguments[V] }[keyof Arguments];
export type CommandOf<V extends keyof Arguments> = Extract<Command, { verb: V }>;

interface Arguments {
  /** Does nothing: what a command that does not matter shrinks to. */
  readonly rest: object;
  readonly enqueue: { readonly items: readonly Item[] };
  readonly reserve: Take & { readonly wants: readonly WantPick[]; readonly max: number; readonly maxBytes: number };
  readonly extend: { readonly items: readonly (GrantPick & { readonly leaseMs: number })[] };
  readonly settle: { readonly items: readonly SettlementPick[] };
  readonly promote: Sweep;
  readonly reap: Sweep & { readonly gone: readonly string[] };
  readonly prune: Sweep;
  readonly cancel: Ids;
  readonly revive: Ids;
  readonly list: { readonly tenant: string; readonly queue: string; readonly limit: number };
  /** Lets `times` leases of one pair end in a row: how jobs become suspect, and dead. */
  readonly wear: Take & { readonly want: WantPick; readonly times: number; readonly delivered: boolean };
  readonly advance: { readonly ms: number };
  /** To the time a sweep named last, or one millisecond before it. */
  readonly advanceToDue: { readonly kind: 'promote' | 'reap' | 'prune'; readonly early: boolean };
  readonly back: { readonly ms: number };
}

interface Item {
  readonly tenant: string;
  /** Mostly `own`, the one that belongs to the id; any other means other contents. */
  readonly queue: string;
  readonly id: string;
  /** Another one has other contents. */
  readonly edition: number;
  readonly delayMs: number;
  readonly ttlMs: number;
  readonly priority: number;
  readonly attempts: number;
  readonly leaseMs: number;
}

interface Take {
  readonly owner: string;
  readonly nonce: string;
  readonly deliveryLeaseMs: number;
}

interface WantPick {
  readonly tenant: string;
  readonly queue: string;
  readonly max: number;
}

export interface SettlementPick extends GrantPick {
  readonly outcome: (typeof OUTCOMES)[number];
  readonly delayMs: number;
  readonly spend: boolean;
  readonly lost: boolean;
  readonly head: boolean;
  readonly reason: string;
  readonly resultBytes: number;
}

interface Sweep {
  readonly tenant: string;
  readonly limit: number;
}

interface Ids {
  readonly tenant: string;
  readonly ids: readonly string[];
  /** Whether jobs that are leased (to cancel) or dead (to revive) are added. */
  readonly aimed: boolean;
}

/** The first is drawn most often, so that jobs stand in line behind one another. */
const mostlyFirst = <T>(all: readonly T[]) =>
  fc.oneof(...all.map((one, at) => ({ weight: at === 0 ? 6 : 2, arbitrary: fc.constant(one) })));
const tenant = mostlyFirst(TENANTS);
const queue = mostlyFirst(QUEUES);
const id = fc.constantFrom(...IDS);
const oftenZero = (...others: number[]) =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constantFrom(...others) });

const item = fc.record<Item>({
  tenant,
  queue: fc.oneof({ weight: 12, arbitrary: fc.constant('own') }, { weight: 1, arbitrary: queue }),
  id,
  edition: fc.oneof({ weight: 15, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constant(1) }),
  delayMs: oftenZero(1, 1_000, 7_000, 50_000),
  ttlMs: fc.constantFrom(0, 0, 0, 0, 1, 3_000, 20_000),
  priority: fc.constantFrom(5, 5, 5, 5, 0, 9),
  attempts: fc.constantFrom(0, 1, 2, 5, 5),
  leaseMs: fc.constantFrom(700, 700, 700, 10_000),
});

const take = {
  owner: fc.constantFrom(...OWNERS),
  nonce: fc.constantFrom(...NONCES),
  deliveryLeaseMs: fc.constantFrom(500, 5_000),
};

const want = fc.record<WantPick>({ tenant, queue, max: fc.constantFrom(1, 2, 10) });

const grant = {
  from: fc.constantFrom<GrantPick['from'][]>('open', 'open', 'open', 'open', 'ever', 'forged'),
  nth: fc.nat({ max: 1_000 }),
};

const settlement = fc.record<SettlementPick>({
  ...grant,
  outcome: fc.constantFrom('ack', 'release', 'release', 'bury'),
  delayMs: oftenZero(1, 900, 8_000),
  spend: fc.boolean(),
  lost: fc.boolean(),
  head: fc.boolean(),
  reason: fc.constantFrom('failed', 'timeout', ''),
  resultBytes: fc.constantFrom(0, 1, 300),
});

const some = <T>(one: fc.Arbitrary<T>, maxLength: number) => fc.array(one, { minLength: 1, maxLength });
const limit = fc.constantFrom(1, 2, 100);
const sweep = { tenant, limit };
const ids = { tenant, ids: some(id, 3), aimed: fc.boolean() };

const WEIGHTED: { readonly [V in keyof Arguments]: readonly [weight: number, body: fc.Arbitrary<Arguments[V]>] } = {
  rest: [1, fc.constant({})],
  enqueue: [16, fc.record({ items: some(item, 5) })],
  reserve: [
    16,
    fc.record({
      ...take,
      wants: some(want, 4),
      max: fc.constantFrom(1, 3, 10, 10),
      maxBytes: fc.constantFrom(1, 40, 10_000, 10_000),
    }),
  ],
  extend: [10, fc.record({ items: some(fc.record({ ...grant, leaseMs: fc.constantFrom(1, 700, 2_000, 10_000) }), 4) })],
  settle: [18, fc.record({ items: some(settlement, 4) })],
  promote: [6, fc.record(sweep)],
  reap: [8, fc.record({ ...sweep, gone: fc.subarray([...OWNERS, 'nobody'], { maxLength: 2 }) })],
  prune: [8, fc.record(sweep)],
  cancel: [5, fc.record(ids)],
  revive: [5, fc.record(ids)],
  list: [2, fc.record({ tenant, queue: fc.constantFrom('', ...QUEUES), limit: fc.constantFrom(1, 2, 100) })],
  wear: [3, fc.record({ ...take, want, times: fc.constantFrom(1, 2, 4, 11), delivered: fc.boolean() })],
  advance: [8, fc.record({ ms: fc.constantFrom(1, 499, 500, 2_000, 5_000, 12_000, 70_000) })],
  advanceToDue: [
    5,
    fc.record({ kind: fc.constantFrom('promote' as const, 'reap' as const, 'prune' as const), early: fc.boolean() }),
  ],
  back: [2, fc.record({ ms: fc.constantFrom(1, 3_000, 3_600_000) })],
};

/** Random sequences of exactly `length` commands by several workers over a few tenants, queues and ids. */
export function modelSequence(length: number): fc.Arbitrary<Sequence> {
  return fc.record({
    shards: fc.constantFrom(1, 2, 16),
    retention: fc.constantFrom(RETENTIONS[0]!, ...RETENTIONS),
    commands: fc.array(command(), { minLength: length, maxLength: length }),
  });
}

/** The first is `rest`, and everything may shrink to it, so that a failing sequence loses the commands that do not matter. */
function command(): fc.Arbitrary<Command> {
  const choices = Object.entries(WEIGHTED).map(([verb, [weight, body]]) => ({
    weight,
    arbitrary: (body as fc.Arbitrary<object>).map((told) => ({ verb, ...told }) as Command),
  }));
  return fc.oneof({ withCrossShrink: true }, ...choices);
}
