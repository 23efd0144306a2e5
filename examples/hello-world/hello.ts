// Defines a job, performs it and waits for its result, all in one file: npm run hello
// With TIERCEL_NATS_URL it goes through the brokers there; without, everything happens in this process.
import { defineJob, Tiercel } from 'tiercel';
import { z } from 'zod'; // or any other Standard Schema library

const helloWorld = defineJob(
  'HelloWorld',
  {
    queue: 'hello_world',
    data: z.object({ foo: z.string() }),
    attempts: 5,
    backoff: { delay: '1s', max: '1h' },
    timeout: '30s',
  },
  async ({ data, tenant, log }) => {
    log.info({ tenant }, 'greeting');
    return `Hello, world! ${data.foo}`;
  },
);

await using tiercel = await Tiercel.connect();
await using _worker = await tiercel.work([helloWorld]);
const job = await tiercel.tenant('dev').enqueue(helloWorld, { foo: 'bar' }, { delay: '2s' });
console.log(await job.result()); // Hello, world! bar
