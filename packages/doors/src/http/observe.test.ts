import { expect, test } from 'vitest';
import { setup } from './setup.test.kit.js';

test('who observes the door is told of every answer, with its operation and the code of a refusal', async () => {
  const told: unknown[] = [];
  const observe = { answered: (...[operation, status, , code]: unknown[]) => void told.push([operation, status, code]) };
  const { call, door } = await setup({ observe });

  await call('POST /v1/tenants/acme/queues/mail/jobs', { name: 'Send' });
  await call('GET /v1/tenants/acme/jobs/none');
  await call('GET /nothing');

  await expect.poll(() => door.underWay).toBe(0);
  expect(told.slice(-3)).toEqual([
    ['enqueue', 201, undefined],
    ['showJob', 404, 'NOT_FOUND'],
    ['', 404, 'NO_SUCH_ROUTE'],
  ]);
});
