// npm's memcached: HOST PORT QUEUE STEP..., each step set:TEXT or get:OPTIONS. Prints every item it gets, as a line of JSON, and ends
// without closing what is open.
import Memcached from 'memcached';

const [host, port, queue, ...steps] = process.argv.slice(2);
const client = new Memcached(`${host}:${port}`, { poolSize: 1, timeout: 9_000, retries: 0 });

const call = (verb, ...args) =>
  new Promise((resolve, reject) => client[verb](...args, (error, found) => (error ? reject(error) : resolve(found))));

for (const step of steps) {
  const at = step.indexOf(':');
  const rest = step.slice(at + 1);
  if (step.startsWith('set:')) await call('set', queue, rest, 0);
  else {
    const item = await call('get', queue + rest);
    if (item !== undefined) console.log(JSON.stringify(item));
  }
}
process.exit(0);
