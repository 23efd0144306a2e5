// A program of somebody who uses the library, in the folder where it is started. `work`: performs until it is killed; `ask`: enqueues a job
// and waits for what it returns. Says on stdout, line by line, how it is connected and what it got.
import { defineJob, Tiercel } from 'tiercel';

const whoAmI = defineJob('WhoAmI', { queue: 'programs', data: undefined }, () => process.pid);
const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);

const tiercel = await Tiercel.connect();
if (process.argv[2] === 'work') await tiercel.work([whoAmI]);
say({ mode: tiercel.mode });
if (process.argv[2] === 'ask') {
  const job = await tiercel.tenant('dev').enqueue(whoAmI, null);
  say({ enqueued: job.id });
  say({ result: await job.result({ timeout: '60s' }) });
  await tiercel.close();
}
