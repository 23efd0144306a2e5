// How an application tests its jobs: node --test examples/tested-app/signup.test.mjs
// With vitest it is the same but for the first line: import { test } from 'vitest'.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { testTiercel } from 'tiercel/testing';
import { createApp } from './signup.mjs';

/** The application, a mail server that fails as often as it is told, and time. */
async function setup({ failures = 0 } = {}) {
  const sent = [];
  const mailer = {
    async send(to, text) {
      await setImmediate();
      if (failures-- > 0) throw new Error('mail server is down');
      sent.push([to, text]);
    },
  };
  const ledger = new Map();
  let t;
  const app = createApp({ tenant: () => t.tenant('dev'), mailer, ledger });
  t = await testTiercel(app.jobs, { startAt: '2030-01-01T00:00:00Z' });
  return { t, app, sent, ledger };
}

test('who signs up is welcomed at once, and asked a week later', async (context) => {
  const { t, app, sent } = await setup();
  context.after(() => t.close());

  await app.signUp('ann@example.org', 0);
  t.expectEnqueued(app.askBack, { data: { to: 'ann@example.org' }, delay: '7d' });
  t.expectNotEnqueued(app.charge);

  await t.settle();
  assert.deepEqual(sent, [['ann@example.org', 'Welcome!']]);
  await t.advance('7d');
  assert.equal(sent.length, 2);
});

test('a mail server that is down for a moment costs no mail', async (context) => {
  const { t, app, sent } = await setup({ failures: 2 });
  context.after(() => t.close());

  await app.signUp('ann@example.org', 0);
  await t.drain();

  assert.equal(sent.length, 2);
  assert.deepEqual(await t.deadLetters(), []);
});

test('nobody is charged twice when a worker crashes', async (context) => {
  const { t, app, ledger } = await setup();
  context.after(() => t.close());

  t.crashAfter(app.charge);
  await app.signUp('ann@example.org', 500);
  await t.drain();

  t.expectPerformed(app.charge, { times: 2 });
  assert.deepEqual([...ledger.values()], [500]);
});
