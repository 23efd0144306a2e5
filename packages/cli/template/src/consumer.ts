import { once } from 'node:events';
import { Tiercel } from 'tiercel';
import { hello } from './hello.js';

await using tiercel = await Tiercel.connect();
await using _worker = await tiercel.work([hello], { concurrency: 10 });
console.log('performing jobs; Ctrl-C ends it in order');
await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
