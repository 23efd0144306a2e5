import { answer } from './answer.js';
import { CONCURRENCY, type Contestant, type Servers } from './contestant.js';
import { loadContestant } from './contestants.js';
import { producerCommands } from './producer-role.js';
import { watchHere } from './worker-role.js';

// node role.js ROLE CONTESTANT SERVERS — one role of a contestant, in a process of its own, for the harness.

type Closable = { close(): Promise<void> };

/** Each role says how it starts; it answers from then on. */
const ROLES: Record<string, (contestant: Contestant, servers: Servers) => Promise<void>> = {
  async producer({ produce }, servers) {
    const producer = await produce(servers);
    answer({ ...producerCommands(producer), close: closing(producer) });
  },
  async worker({ work }, servers) {
    if (typeof work !== 'function') throw new Error('its worker is a program');
    let worker: Closable | undefined;
    const tally = watchHere({ close: () => closing(worker)() });
    worker = await work(servers, tally, CONCURRENCY);
  },
  async broker({ serve }, servers) {
    if (typeof serve !== 'function') throw new Error('it has no broker, or it is a program');
    answer({ close: closing(await serve(servers)) });
  },
};

/** Answers the harness first, then ends: a profile is written at an orderly end only. */
const closing = (open: Closable | undefined) => async () => {
  await open?.close();
  setImmediate(() => process.exit(0));
};

const [role = '', contestant = '', servers = ''] = process.argv.slice(2);
for (const signal of ['SIGINT', 'SIGHUP']) process.on(signal, () => {}); // a Ctrl-C goes to the whole group; the harness ends its children
await ROLES[role]?.(await loadContestant(contestant), JSON.parse(servers) as Servers);
process.send?.({ ready: true });
