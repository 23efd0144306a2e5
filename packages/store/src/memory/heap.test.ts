import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Heap } from './heap.js';

test('what leaves a heap is always its least, whatever was taken out of the middle', () => {
  const step = fc.oneof(
    fc.record({ act: fc.constant('add' as const), value: fc.integer({ min: 0, max: 20 }) }),
    fc.record({ act: fc.constant('remove' as const), value: fc.nat() }),
    fc.record({ act: fc.constant('pop' as const), value: fc.constant(0) }),
  );

  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const heap = new Heap<{ at: number; slot: number }>((a, b) => a.at < b.at);
      const inside: { at: number; slot: number }[] = [];

      for (const { act, value } of steps) {
        if (act === 'add') {
          const item = { at: value, slot: -1 };
          heap.add(item);
          inside.push(item);
        }
        const leaver = act === 'pop' ? heap.first : act === 'remove' ? inside[value % inside.length] : undefined;
        if (leaver) {
          heap.remove(leaver);
          inside.splice(inside.indexOf(leaver), 1);
          expect(leaver.slot).toBe(-1);
        }
        expect(heap.first?.at).toBe(inside.length > 0 ? Math.min(...inside.map(({ at }) => at)) : undefined);
      }
    }),
  );
});
