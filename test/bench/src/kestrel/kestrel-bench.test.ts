import { expect, test } from 'vitest';
import { Items } from './items.js';
import type { Knobs } from './knobs.js';
import { KESTREL_BENCHES, runKestrel } from './run-kestrel.js';

const TINY: Partial<Knobs> = { clients: 10, items: 200, bytes: 100, batch: 10, cycles: 2, prefill: 100 };

test.each(Object.keys(KESTREL_BENCHES))('%s finds figures, and every item came once', async (name) => {
  const { figures } = await runKestrel(name, TINY);
  expect(figures[0]?.value).toBeGreaterThan(0);
  for (const { value } of figures) expect(value).toBeGreaterThanOrEqual(0);
});

test('flood with consumers that wait at the server asks for nothing in vain', async () => {
  const { figures } = await runKestrel('flood', { ...TINY, prefill: 0, producers: 2, consumers: 2, blocking: true });
  expect(figures[1]).toEqual({ what: 'gets that found nothing', value: 0, unit: 'times' });
});

test('what is put is got back, over NATS and Redis too', async () => {
  const { figures } = await runKestrel('put-many', { ...TINY, store: 'redis', get: true });
  expect(figures.map(({ what }) => what)).toEqual(['put', 'put p50', 'put p99', 'get']);
});

test('an item that comes twice fails the bench', () => {
  const items = new Items(2, 10);
  const item = { kind: 'item', queue: 'q', data: Buffer.from('0000000001') } as const;
  items.take(item);
  expect(() => items.take(item)).toThrow('item 1 came twice');
  expect(() => items.take({ kind: 'end' })).toThrow('expected an item');
});
