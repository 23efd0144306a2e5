import { defineJob } from 'tiercel';

/** An application: whoever signs up is welcomed at once and asked a week later how it goes. */
export function createApp({ tenant, mailer, ledger }) {
  const welcome = defineJob('Welcome', { queue: 'mail', attempts: 3, backoff: { delay: '1m' } }, async ({ data }) => {
    await mailer.send(data.to, 'Welcome!');
  });
  const askBack = defineJob('AskBack', { queue: 'mail' }, async ({ data }) => {
    await mailer.send(data.to, 'How does it go?');
  });
  // A job runs at least once: what is noted under its id is not done again.
  const charge = defineJob('Charge', { queue: 'money' }, ({ id, data }) => {
    if (!ledger.has(id)) ledger.set(id, data.cents);
  });

  return {
    jobs: [welcome, askBack, charge],
    welcome,
    askBack,
    charge,
    async signUp(to, cents) {
      await tenant().enqueue(welcome, { to });
      await tenant().enqueue(askBack, { to }, { delay: '7d' });
      if (cents > 0) await tenant().enqueue(charge, { cents });
    },
  };
}
