import fc from 'fast-check';
import { expect, test } from 'vitest';
import { asTiercelError } from './errors.js';
import { bool, type Field, int, list, message, object, optional, text } from './shape.js';
import { type Half, unrolledCheck, unrolledPack } from './unroll.js';

interface Plain {
  readonly id: string;
  readonly count?: number;
  readonly tags: readonly string[];
  readonly sure: boolean;
  readonly note?: string;
}

const fields = {
  id: text(8),
  count: optional(int(0, 9)),
  tags: list(text(4), 3),
  sure: bool,
  note: optional(text(4)),
} as const;
const LOOPED = /_$/;

/** The same under names that cannot be unrolled. */
const looped = <T>(named: Record<string, T>): Record<string, T> =>
  Object.fromEntries(Object.entries(named).map(([name, value]) => [`${name}_`, value]));
const unrolledNames = (named: object): object =>
  Object.fromEntries(Object.entries(named).map(([name, value]) => [name.replace(LOOPED, ''), value]));

const halves = (which: 'pack' | 'check'): Half[] =>
  Object.entries<Field<unknown>>(fields as never).map(([name, field]) => {
    return { name, optional: field.optional === true, act: field[which] };
  });
const pack = unrolledPack(halves('pack'))!;
const check = unrolledCheck(halves('check'))!;
const byUnrolled = object<Plain>(fields as never);
const byLoop = object<Record<string, unknown>>(looped<Field<unknown>>(fields as never) as never);

const plain = fc.record(
  {
    id: fc.string({ maxLength: 8 }),
    count: fc.integer({ min: 0, max: 9 }),
    tags: fc.array(fc.string({ maxLength: 4 }), { maxLength: 3 }),
    sure: fc.boolean(),
    note: fc.string({ maxLength: 4 }),
  },
  { requiredKeys: ['id', 'tags', 'sure'], noNullPrototype: true },
);

/** What a call came to: its value, or what it failed with and where. */
function outcome(call: () => object): { readonly value: object } | { readonly code: string; readonly at: string } {
  try {
    return { value: call() };
  } catch (error) {
    const { code, facts } = asTiercelError(error);
    return { code, ...facts, at: String(facts.at).replace(/_(?=\[|$)/, '') };
  }
}

test('names that are not letters alone are refused, and nothing is made of them', () => {
  for (const name of ['a_b', 'a.b', 'a1', 'a b', '', 'a;b', '__proto__', 'é']) {
    const halves = ['sure', name].map((each) => ({ name: each, optional: false, act: (value: unknown) => value }));
    expect([unrolledPack(halves), unrolledCheck(halves)]).toEqual([undefined, undefined]);
  }
});

test('a loop over the fields packs and checks as the unrolled function does', () => {
  fc.assert(
    fc.property(plain, (value) => {
      const wire = pack(value);
      expect(byLoop.pack(looped(value))).toEqual(wire);
      expect(unrolledNames(byLoop.check(wire))).toStrictEqual(check(wire));
      expect(check(wire)).toStrictEqual(value);
    }),
  );
});

test('and refuses what it refuses, naming the same field', () => {
  const [unrolled, loop] = [message(byUnrolled), message(byLoop)];
  const part = fc.oneof(fc.constant(null), fc.string({ maxLength: 10 }), fc.integer({ min: -1, max: 10 }), fc.boolean());
  const wires = fc.tuple(part, part, fc.oneof(part, fc.array(part, { maxLength: 4 })), part, part);
  const encoded = (wire: readonly unknown[]) => message<unknown>({ pack: (value) => value, check: (value) => value }).encode(wire);
  let refused = 0;
  fc.assert(
    fc.property(wires, (wire) => {
      const [one, other] = [outcome(() => unrolled.decode(encoded(wire))), outcome(() => loop.decode(encoded(wire)))];
      if ('code' in one) refused++;
      expect('value' in other ? { value: unrolledNames(other.value) } : other).toEqual(one);
    }),
  );
  expect(refused).toBeGreaterThan(0);
  const wrong = encoded(['job-1', null, ['one', 2], true, null]);
  expect(outcome(() => loop.decode(wrong))).toMatchObject({ code: 'BAD_MESSAGE', at: 'body.tags[1]' });
});
