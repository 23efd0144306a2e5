import { appendFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { defineJob } from 'tiercel';

/** One line an event, one write a line: lines of several containers neither mix nor vanish with whoever wrote them. */
const note = (event, id) => appendFileSync('/ledger/ledger', `${event} ${id} ${hostname()} ${Date.now()}\n`);

/** Takes its time, as work does, and notes that it began and ended. Fails as often as its data say. */
export const noted = defineJob('Noted', { queue: 'noted' }, async ({ data, id, attempt }) => {
  note('began', id);
  await new Promise((resolve) => setTimeout(resolve, data.workMs));
  if (attempt <= (data.failures ?? 0)) throw new Error('not yet');
  note('ended', id);
});
