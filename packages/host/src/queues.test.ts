import { LIMITS } from '@tiercel/protocol';
import { expect, test } from 'vitest';
import { queuesOf } from './index.js';

const many = Array.from({ length: LIMITS.queuesPerReserve + 1 }, (_, n) => ({ queue: `q${n}` }));

test.each([
  ['those asked for', ['b', 'a'], [{ queue: 'c' }], ['b', 'a']],
  ['those of the handlers, each once', undefined, [{ queue: 'b' }, { queue: 'a' }, { queue: 'b' }], ['b', 'a']],
  ['every queue when a handler names none', undefined, [{ queue: 'b' }, {}], ['*']],
  ['every queue when one reserve cannot name them all', undefined, many, ['*']],
])('a consumer takes %s', (_what, asked, handlers, queues) => {
  expect(queuesOf(asked, handlers)).toEqual(queues);
});
