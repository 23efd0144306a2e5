import type { Fault } from './faults.js';
import type { World } from './world.js';

type Deed = (world: World) => void;

/** Faults that happen at a time; the others befall messages and calls. */
const DEEDS: Partial<Record<Fault, Deed>> = {
  'actor crashed': crashActor,
  'broker killed': killBroker,
  'consumer killed': killConsumer,
  'producer killed': ({ producer, coverage }) => {
    if (producer.busy) coverage.saw('producer killed');
    producer.die();
  },
  'process paused': pause,
  'consumer drained': drainConsumer,
  'broker stopped': stopBroker,
  partition,
  'storage down': storageDown,
  'clock jump': jump,
};

/** Lets every kind of fault come at its own rate until the faults are over. */
export function unleash(world: World): void {
  for (const [fault, deed] of Object.entries(DEEDS) as [Fault, Deed][]) {
    const perSec = world.plan.rates[fault];
    if (perSec > 0) repeat(world, perSec, deed);
  }
}

function repeat(world: World, perSec: number, deed: Deed): void {
  world.clock.after(world.dice.waitMs(perSec), () => {
    if (!world.faulty) return;
    deed(world);
    repeat(world, perSec, deed);
  });
}

function crashActor({ brokers, dice, kit, note, coverage, trouble }: World): void {
  const node = dice.pick(brokers);
  if (!node.alive || node.actors.length === 0) return;
  const ref = dice.pick(node.actors);
  note(`crash ${node.name} ${ref.path}`);
  coverage.saw('actor crashed');
  trouble();
  kit.crash(ref);
}

function killBroker({ brokers, dice, coverage, ledger }: World): void {
  const node = dice.pick(brokers);
  if (!node.alive) return;
  if (ledger.unfinished > 0) coverage.saw('broker killed');
  node.die();
}

function stopBroker({ brokers, dice, coverage, note }: World): void {
  const node = dice.pick(brokers);
  if (!node.alive || node.paused) return;
  note(`stop ${node.name}`);
  coverage.saw('broker stopped');
  node.stop();
}

function killConsumer({ consumers, dice, coverage }: World): void {
  const node = dice.pick(consumers);
  if (node.running > 0) coverage.saw('consumer killed');
  node.die('SIGNAL SIGKILL');
}

function drainConsumer({ consumers, dice, coverage, note }: World): void {
  const node = dice.pick(consumers);
  if (!node.alive) return;
  note(`drain ${node.owner}`);
  if (node.running > 0) coverage.saw('consumer drained');
  node.drain(dice.whole(0, 4_000));
}

/** For longer than most leases. */
function pause({ brokers, consumers, producer, dice, clock, note, ledger, coverage }: World): void {
  const node = dice.pick([...brokers, ...consumers, ...consumers, producer]);
  const ms = dice.whole(300, 12_000);
  const held = 'owner' in node ? ledger.heldBy(node.owner) : [];
  note(`pause ${'owner' in node ? node.owner : node.name} ${ms}`);
  node.pause();
  clock.after(ms, () => {
    if (!('owner' in node) || held.some(({ tenant, id, token }) => !ledger.holds(tenant, id, token)))
      coverage.saw('process paused');
    node.resume();
  });
}

/** Between any two nodes, in one direction or both. */
function partition({ brokers, consumers, dice, clock, note, wire }: World): void {
  const one = dice.pick(brokers).name;
  const other = dice.pick([...consumers.map(({ plan }) => plan.name), ...brokers.map(({ name }) => name), 'producer']);
  const both = dice.chance(0.5);
  const [from, to] = dice.chance(0.5) ? [one, other] : [other, one];
  const ms = dice.whole(300, 10_000);
  note(`cut ${from}>${to} ${both} ${ms}`);
  wire.cut(from, to);
  if (both) wire.cut(to, from);
  clock.after(ms, () => {
    wire.mend(from, to);
    wire.mend(to, from);
  });
}

/** For one broker, or for all. */
function storageDown({ brokers, dice, clock, note, trouble }: World): void {
  const nodes = dice.chance(0.4) ? brokers : [dice.pick(brokers)];
  const ms = dice.whole(500, 7_000);
  note(`storage down ${nodes.map(({ name }) => name)} ${ms}`);
  for (const node of nodes) node.storeDown = true;
  clock.after(ms, () => {
    for (const node of nodes) node.storeDown = false;
    trouble();
  });
}

/** Of the storage mostly: its time decides. Of any node sometimes: theirs must not. */
function jump({ brokers, consumers, dice, kit, note, storeClock, ledger, coverage, trouble }: World): void {
  const ms = dice.whole(100, 10_000) * (dice.chance(0.5) ? 1 : -1);
  if (dice.chance(0.3)) {
    const name = dice.pick([...brokers.map((node) => node.name), ...consumers.map(({ plan }) => plan.name)]);
    note(`jump ${name} ${ms}`);
    kit.clockOf(name).jump(ms);
    return;
  }
  note(`jump storage ${ms}`);
  if (ledger.unfinished > 0) coverage.saw('clock jump');
  trouble();
  storeClock.jump(ms);
}
