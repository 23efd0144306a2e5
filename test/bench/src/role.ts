import { answer } from './answer.js';
import { CONCURRENCY, type Contestant, type Scene } from './contestant.js';
import { loadContestant } from './contestants.js';
import { producerCommands } from './producer-role.js';
import type { Tally } from './tally.js';
import { watchHere } from './worker-role.js';

// node role.js ROLE CONTESTANT SCENE — one role of a contestant, in a process of its own, for the harness.

type Closable = { close(): Promise<void> };

/** Each role says how it starts; it answers from then on. */
const ROLES: Record<string, (contestant: Contestant, scene: Scene) => Promise<void>> = {
  async producer({ produce, work, alone }, scene) {
    const producer = await produce(scene);
    const commands = { ...producerCommands(producer), close: closing(producer) };
    if (!alone) return answer(commands);
    const tally: Tally = watchHere({ ...commands, work: () => employed(work, scene, tally).then(() => {}) });
  },
  async worker({ work }, scene) {
    let worker: Closable | undefined;
    const tally = watchHere({ close: () => closing(worker)() });
    worker = await employed(work, scene, tally);
  },
  async broker({ serve }, scene) {
    if (typeof serve !== 'function') throw new Error('it has no broker, or it is a program');
    answer({ close: closing(await serve(scene)) });
  },
};

function employed(work: Contestant['work'], scene: Scene, tally: Tally): Promise<Closable> {
  if (typeof work !== 'function') throw new Error('its worker is a program');
  return work(scene, tally, CONCURRENCY);
}

/** Answers the harness first, then ends: a profile is written at an orderly end only. */
const closing = (open: Closable | undefined) => async () => {
  await open?.close();
  setImmediate(() => process.exit(0));
};

const [role = '', contestant = '', scene = ''] = process.argv.slice(2);
for (const signal of ['SIGINT', 'SIGHUP']) process.on(signal, () => {}); // a Ctrl-C goes to the whole group; the harness ends its children
await ROLES[role]?.(await loadContestant(contestant), JSON.parse(scene) as Scene);
process.send?.({ ready: true });
