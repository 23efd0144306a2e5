// Hands a job in and waits for its result: node examples/hello-world/enqueue.mjs
// With TIERCEL_NATS_URL it goes to the brokers there, and a consumer performs it; without, everything happens in this process.
import { Tiercel } from 'tiercel';
import { helloWorld } from './handlers.mjs';

const tiercel = await Tiercel.connect();
if (tiercel.mode === 'embedded') await tiercel.work([helloWorld]);
const job = await tiercel.tenant('dev').enqueue(helloWorld, { foo: 'bar' });
console.log(await job.result());
await tiercel.close();
