import { defineJob } from 'tiercel';
import { Ledger } from '../ledger.js';

const ledger = new Ledger(process.env.TEST_LEDGER ?? '');
const WORK_MS = 2;

/** Takes a moment, as work does, and leaves a line in the ledger. */
export const helloWorld = defineJob('HelloWorld', { queue: 'hello_world' }, async ({ tenant, id, attempt, token }) => {
  ledger.write({ tenant, id, attempt, token, pid: process.pid });
  await new Promise((resolve) => setTimeout(resolve, WORK_MS));
});
