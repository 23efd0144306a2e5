import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readQueueName, spelledOf } from './queue-name.js';

test.each([
  ['hello_world', 'hello_world', 'hello_world', undefined],
  ['enterprise_hello_world', 'hello_world', 'hello_world', undefined],
  ['enterprise_enterprise_x', 'enterprise_x', 'enterprise_x', undefined],
  ['enterprise_', 'enterprise_', 'enterprise_', undefined],
  ['mail:out', 'x--mail_3aout', 'mail:out', undefined],
  ['orders+audit', 'x--orders_2baudit', 'orders+audit', 'orders'],
  ['enterprise_orders+a+b', 'x--orders_2ba_2bb', 'orders+a+b', 'orders'],
  ['+x', 'x--_2bx', '+x', undefined],
])('%s', (spelled, queue, bare, parent) => {
  expect(readQueueName(spelled, 'enterprise')).toEqual({ queue, bare, parent });
});

test('what is too long to be a name of ours is none', () => {
  expect(readQueueName('x'.repeat(64), 'enterprise')).toBeUndefined();
  expect(readQueueName(':'.repeat(21), 'enterprise')).toBeUndefined();
});

test('two names are one queue only when one has the prefix that the other lacks', () => {
  const spelled = fc.stringMatching(/^[A-Za-z0-9_:+-]{1,20}$/);
  fc.assert(
    fc.property(spelled, spelled, (one, other) => {
      const [a, b] = [readQueueName(one, 'n'), readQueueName(other, 'n')];
      if (a?.queue === b?.queue) expect(a?.bare).toBe(b?.bare);
    }),
  );
});

test('what a client may call a queue leads back to that queue', () => {
  for (const queue of ['work', 'enterprise_work', 'enterprise_enterprise_work', 'enterprise_', 'x--mail_3aout'])
    expect(readQueueName(spelledOf(queue, 'enterprise'), 'enterprise')?.queue).toBe(queue);
});
