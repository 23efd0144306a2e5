import { Tiercel } from 'tiercel';
import { hello } from './hello.js';

const [name = 'world'] = process.argv.slice(2);
await using tiercel = await Tiercel.connect();
const job = await tiercel.tenant('dev').enqueue(hello, { name });
console.log(`job ${job.id} is ${job.state}, durability ${job.durability}`);
