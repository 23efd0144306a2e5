import { AS_QUEUE, type QueueSettings, SETTINGS, type SettingName, STATES } from '@tiercel/protocol';
import fc from 'fast-check';
import type { Arguments, Command, GrantPick, Item, SettlementPick, Turn, WantPick } from './command.js';
import { IDS, NAMES, NONCES, OWNERS, QUEUES, RETENTIONS, TENANTS } from './world.js';

/** A store to open and what to do with it. */
export interface Sequence {
  readonly shards: number;
  readonly retention: (typeof RETENTIONS)[number];
  readonly commands: readonly Command[];
}

/** The first is drawn most often, so that jobs stand in line behind one another. */
const mostlyFirst = <T>(all: readonly T[]) =>
  fc.oneof(...all.map((one, at) => ({ weight: at === 0 ? 6 : 2, arbitrary: fc.constant(one) })));
const tenant = mostlyFirst(TENANTS);
const queue = mostlyFirst(QUEUES);
const id = fc.constantFrom(...IDS);
const oftenZero = (...others: number[]) =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constantFrom(...others) });
const some = <T>(one: fc.Arbitrary<T>, maxLength: number) => fc.array(one, { minLength: 1, maxLength });
const limit = fc.constantFrom(1, 2, 100);
const sweep = { tenant, limit };
const ids = { tenant, ids: some(id, 3), aimed: fc.boolean() };

const item = fc.record<Item>({
  tenant,
  queue: fc.oneof({ weight: 12, arbitrary: fc.constant('own') }, { weight: 1, arbitrary: queue }),
  id,
  name: fc.constantFrom(...NAMES),
  edition: fc.oneof({ weight: 15, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constant(1) }),
  delayMs: oftenZero(1, 1_000, 7_000, 50_000),
  dated: fc.boolean(),
  ttlMs: fc.constantFrom(0, 0, 0, 0, 0, 1, 3_000, 20_000),
  priority: fc.constantFrom(5, 5, 5, 5, 0, 9),
  attempts: fc.constantFrom(0, 1, 2, 5, AS_QUEUE, AS_QUEUE),
  leaseMs: fc.constantFrom(700, 700, 700, 10_000, 0, AS_QUEUE, AS_QUEUE),
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
  corrupt: fc.boolean(),
  reason: fc.constantFrom('failed', 'timeout', ''),
  resultBytes: fc.constantFrom(0, 1, 300),
});

/** What only a door reads changes no job: it would thin out what does. */
const OF_DOORS = ['fanout', 'fanoutOnly', 'maxAborts'] as const;
type OfStores = Exclude<SettingName, (typeof OF_DOORS)[number]>;
const OF_STORES = SETTINGS.filter((name): name is OfStores => !(OF_DOORS as readonly string[]).includes(name));

/** What may be set; a few at a time. */
const settings = fc
  .record<Required<Pick<QueueSettings, OfStores>>>({
    paused: fc.boolean(),
    leaseMs: fc.constantFrom(0, 700, 3_000),
    attempts: fc.constantFrom(0, 1, 3),
    maxAgeMs: fc.constantFrom(0, 2_000, 30_000),
    expireTo: fc.constantFrom('', '*dead', '*next', '*next'),
    finishedMs: fc.constantFrom(0, 30_000),
    finishedMax: fc.constantFrom(0, 2),
    finishedBytes: fc.constantFrom(0, 300),
    deadMs: fc.constantFrom(0, 30_000),
    deadMax: fc.constantFrom(0, 1),
    deadBytes: fc.constantFrom(0, 20),
    maxItems: fc.constantFrom(0, 1, 3),
    maxBytes: fc.constantFrom(0, 20, 60),
    maxItemBytes: fc.constantFrom(0, 10),
    whenFull: fc.constantFrom('refuse', 'drop-oldest', 'drop-oldest'),
  })
  .chain((all) =>
    fc
      .subarray(OF_STORES, { minLength: 1, maxLength: 5 })
      .map((names): QueueSettings => Object.fromEntries(names.map((name) => [name, all[name]]))),
  );

/** What would be rare by chance. */
const LIKELY: readonly QueueSettings[] = [
  {},
  {},
  { paused: true },
  { expireTo: '*next' },
  { expireTo: '*next', maxAgeMs: 2_000 },
  { expireTo: '*dead', maxAgeMs: 2_000 },
];

const WEIGHTED: { readonly [V in keyof Arguments]: readonly [weight: number, body: fc.Arbitrary<Arguments[V]>] } = {
  rest: [1, fc.constant({})],
  enqueue: [20, fc.record({ items: some(item, 5) })],
  reserve: [
    22,
    fc.record({
      ...take,
      wants: some(want, 4),
      max: fc.constantFrom(1, 3, 10, 10),
      maxBytes: fc.constantFrom(1, 40, 10_000, 10_000),
    }),
  ],
  extend: [10, fc.record({ items: some(fc.record({ ...grant, leaseMs: fc.constantFrom(0, 1, 700, 2_000, 10_000) }), 4) })],
  settle: [24, fc.record({ items: some(settlement, 4) })],
  promote: [8, fc.record(sweep)],
  reap: [8, fc.record({ ...sweep, gone: fc.subarray([...OWNERS, 'nobody'], { maxLength: 2 }) })],
  prune: [8, fc.record(sweep)],
  scrub: [1, fc.record({ tenant })],
  cancel: [5, fc.record(ids)],
  revive: [5, fc.record(ids)],
  forget: [3, fc.record(ids)],
  purge: [
    5,
    fc.oneof(
      {
        weight: 2,
        arbitrary: fc.record({
          tenant,
          queue,
          states: fc.shuffledSubarray(['ready', 'scheduled', 'completed', 'dead', 'cancelled', 'expired'] as const, {
            minLength: 1,
          }),
          limit,
        }),
      },
      { weight: 1, arbitrary: fc.record({ tenant, queue: fc.constant(''), states: fc.constant(['quarantined'] as const), limit }) },
    ),
  ],
  control: [
    16,
    fc.record({
      tenant,
      queue: fc.constantFrom('', QUEUES[0], QUEUES[0], ...QUEUES),
      set: fc.oneof(fc.constantFrom<QueueSettings>(...LIKELY), settings),
      clear: fc.oneof(fc.constant(['paused' as const]), fc.subarray(OF_STORES)),
    }),
  ],
  list: [
    3,
    fc.record({ tenant, queue: fc.constantFrom('', ...QUEUES), state: fc.constantFrom(...STATES), limit, payload: fc.boolean() }),
  ],
  wear: [3, fc.record({ ...take, want, times: fc.constantFrom(1, 2, 4, 11), delivered: fc.boolean() })],
  together: [3, fc.record({ turns: fc.tuple(...TENANTS.map(turn)) })],
  reopen: [1, fc.constant({})],
  advance: [8, fc.record({ ms: fc.constantFrom(1, 499, 500, 2_000, 5_000, 12_000, 70_000) })],
  advanceToDue: [
    6,
    fc.record({ kind: fc.constantFrom('promote' as const, 'reap' as const, 'prune' as const), early: fc.boolean() }),
  ],
  back: [2, fc.record({ ms: fc.constantFrom(1, 3_000, 3_600_000) })],
};

/** What touches one tenant only. */
const ALONE = ['enqueue', 'reserve', 'extend', 'settle', 'cancel', 'revive', 'forget', 'purge', 'control', 'list'] as const;

function turn(name: string): fc.Arbitrary<Turn> {
  return fc.record({
    tenant: fc.constant(name),
    commands: fc.array(
      fc.constant(0).chain(() => commandOf(ALONE)),
      { maxLength: 4 },
    ),
  });
}

/** Random sequences of exactly `length` commands by several workers over a few tenants, queues and ids. */
export function modelSequence(length: number): fc.Arbitrary<Sequence> {
  const verbs = Object.keys(WEIGHTED) as (keyof Arguments)[];
  return fc.record({
    shards: fc.constantFrom(1, 2, 16),
    retention: fc.constantFrom(RETENTIONS[0]!, ...RETENTIONS),
    commands: fc.array(commandOf(verbs), { minLength: length, maxLength: length }),
  });
}

/** The first is `rest`, and everything may shrink to it, so that a failing sequence loses the commands that do not matter. */
function commandOf(verbs: readonly (keyof Arguments)[]): fc.Arbitrary<Command> {
  const choices = verbs.map((verb) => ({
    weight: WEIGHTED[verb][0],
    arbitrary: (WEIGHTED[verb][1] as fc.Arbitrary<object>).map((told) => ({ verb, ...told }) as Command),
  }));
  return fc.oneof({ withCrossShrink: true }, ...choices);
}
