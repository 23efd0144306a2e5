import { LIMITS } from '@tiercel/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pageWithinReply } from './page.js';

interface Listed {
  readonly at: number;
  readonly bytes: number;
}

/** A list of items of these sizes whose pages are now and then shorter than asked for, or empty. */
function listOf(sizes: readonly number[], shortBy: readonly number[]) {
  const items = sizes.map((bytes, at): Listed => ({ at, bytes }));
  let asks = 0;
  return {
    items,
    asks: () => asks,
    async ask(cursor: string, limit: number) {
      expect(limit).toBeGreaterThanOrEqual(1);
      const from = Number(cursor || 0);
      const count = Math.max(0, limit - (shortBy[asks++ % shortBy.length] ?? 0));
      const page = items.slice(from, from + count);
      return { items: page, cursor: from + page.length >= items.length ? '' : String(from + page.length) };
    },
  };
}

const bytesOf = ({ bytes }: Listed): number => bytes;
const sizes = fc.array(fc.oneof(fc.nat(2_000), fc.nat(LIMITS.payloadMostBytes)), { maxLength: 60 });
const shortBy = fc.array(fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.nat(5)), { minLength: 1, maxLength: 7 });

test('page by page a list comes whole, in order and once, and no page is over its limits', async () => {
  await fc.assert(
    fc.asyncProperty(
      sizes,
      shortBy,
      fc.integer({ min: 1, max: 30 }),
      fc.integer({ min: 1, max: 20 }),
      async (of, short, limit, atOnce) => {
        const list = listOf(of, [...short, 0]);
        const seen: Listed[] = [];
        let cursor = '';
        for (let pages = 0; ; pages++) {
          expect(pages).toBeLessThan(200);
          const page = await pageWithinReply({ cursor, limit, atOnce, bytesOf, ask: list.ask });
          expect(page.items.length).toBeLessThanOrEqual(limit);
          if (page.items.length > 1)
            expect(page.items.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(LIMITS.batchBytes);
          seen.push(...page.items);
          cursor = page.cursor;
          if (cursor === '') break;
        }
        expect(seen).toEqual(list.items);
      },
    ),
    { numRuns: 300 },
  );
});

test('what is small is asked for in one step', async () => {
  const list = listOf(new Array(100).fill(1_000), [0]);
  const page = await pageWithinReply({ cursor: '', limit: 100, atOnce: 100, bytesOf, ask: list.ask });
  expect([page.items.length, page.cursor, list.asks()]).toEqual([100, '', 1]);
});

test('a list that has nothing to show for its cursors is left after 64 steps, and goes on there', async () => {
  let asked = 0;
  const page = await pageWithinReply<Listed>({
    ...{ cursor: '', limit: 100, atOnce: 4, bytesOf },
    ask: async () => ({ items: [], cursor: String(++asked) }),
  });
  expect(page).toEqual({ items: [], cursor: '64' });
});
