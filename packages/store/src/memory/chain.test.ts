import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Chain, type Linked } from './chain.js';

interface Bead extends Linked<Bead> {
  readonly name: number;
}

test('a chain keeps its order through both ends and the middle', () => {
  const step = fc.record({ act: fc.constantFrom('head', 'tail', 'remove'), pick: fc.nat() });

  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const chain = new Chain<Bead>();
      const list: Bead[] = [];

      steps.forEach(({ act, pick }, name) => {
        const bead: Bead = { name, before: undefined, after: undefined };
        if (act === 'head') {
          chain.addHead(bead);
          list.unshift(bead);
        } else if (act === 'tail') {
          chain.addTail(bead);
          list.push(bead);
        } else if (list.length > 0) chain.remove(list.splice(pick % list.length, 1)[0]!);
      });

      expect(namesOf(chain)).toEqual(list.map(({ name }) => name));
      expect(chain.last).toBe(list.at(-1));
      expect(chain.size).toBe(list.length);
    }),
  );
});

function namesOf(chain: Chain<Bead>): number[] {
  const names: number[] = [];
  for (let bead = chain.first; bead; bead = bead.after) names.push(bead.name);
  return names;
}
