// npm's kestrel: HOST PORT QUEUE set:TEXT, or HOST PORT QUEUE STEP..., each step get:OPTIONS with open in them, get:/close or get:/abort.
// It opens by itself once it is made and after each close and abort. Prints every item it gets, as a line of JSON, and ends without
// closing what is open.
import kestrel from 'kestrel';

const [host, port, queue, ...steps] = process.argv.slice(2);
const client = new kestrel.Client(`${host}:${port}`, queue);
for (const fault of ['error.open', 'error.close', 'error.abort']) client.on(fault, () => process.exit(1));

if (steps[0].startsWith('set:')) client.add(steps[0].slice('set:'.length), 0, (error) => process.exit(error ? 1 : 0));
else {
  let misses = 0;
  client.on('miss', () => ++misses === 4 && next()); // each is half a second
  client.on('item', (item) => {
    console.log(JSON.stringify(item));
    misses = 0;
    next();
  });
  next();
}

/** What it does itself is left to it. */
function next() {
  const step = steps.shift();
  if (step === 'get:/close') client.close();
  else if (step === 'get:/abort') client.abort();
  else if (step === undefined) process.exit(0);
  else return;
  if (steps.length > 0) steps.shift();
  else client.on('close', () => process.exit(0));
}
