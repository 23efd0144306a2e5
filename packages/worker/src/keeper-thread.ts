import { writeSync } from 'node:fs';
import { type MessagePort as Port, parentPort, workerData } from 'node:worker_threads';
import { realClock as clock, createSystem, realRandom as random, type Transport } from '@tiercel/actors';
import { asTiercelError, type BrokerProtocol, brokerCodec } from '@tiercel/protocol';
import type { FromKeeper, KeeperThreadData, ToKeeper } from './keeper-message.js';
import { KeeperRing } from './keeper-ring.js';
import { LeaseKeeper } from './lease-keeper.js';
import { LoopGuard } from './loop-guard.js';
import { watchParent } from './orphan.js';
import { relayLog } from './relay-log.js';
import { RingWatch } from './ring-watch.js';

/**
 * The entry of the keeper's thread. It has a connection of its own, so leases are extended, and a blocked process is ended, whatever
 * the main thread does.
 */
const port = parentPort as Port;
const data = workerData as KeeperThreadData;
const log = relayLog(tell, { component: 'keeper' });
if (data.parentPid !== 0) watchParent(clock, data.parentPid, () => kill('its parent process ended'));
try {
  await keep(await connect());
} catch (error) {
  const { code, facts } = asTiercelError(error);
  tell(['failed', code, facts]);
}

async function connect(): Promise<Transport> {
  const { module, export: name, options } = data.connector;
  const exported: Record<string, unknown> = await import(module);
  const open = exported[name] as (options: object) => Promise<Transport>;
  return open({ ...options, clock, random, log });
}

async function keep(transport: Transport): Promise<void> {
  const system = createSystem({ name: 'keeper', transport, clock, random, log });
  const { graceMs, brokerPath } = data;
  const broker = system.ref<BrokerProtocol>(brokerPath, brokerCodec);
  const keeper = new LeaseKeeper(
    { broker, clock, random, log, graceMs },
    {
      lost: (key) => tell(['lost', key]),
      cancel: (key) => tell(['cancel', key]),
      overdue: (lease) => guard.doubt(lease),
    },
  );
  const guard = new LoopGuard({ broker, clock, log, graceMs, ping: () => tell(['ping']), keeper, kill });
  const watch = new RingWatch({ ring: new KeeperRing(data.ring), reader: keeper, clock });
  port.on('message', (message: ToKeeper) => {
    watch.look();
    if (message[0] === 'keep') keeper.keep(message[1]);
    else if (message[0] === 'ended') keeper.ended(message[1]);
    else if (message[0] === 'pong') guard.pong();
    else if (message[0] === 'stop') {
      watch.stop();
      void stop(keeper, system, transport);
    }
  });
  tell(['ready']);
}

async function stop(keeper: LeaseKeeper, system: { stop(): Promise<void> }, transport: Transport): Promise<void> {
  keeper.stop();
  await system.stop();
  await transport.close();
  tell(['stopped']);
  port.close();
}

function tell(message: FromKeeper): void {
  port.postMessage(message);
}

/** The main thread may be blocked and its log with it, so this one line goes out by itself. */
function kill(why: string): void {
  writeSync(
    2,
    `${JSON.stringify({ level: 50, time: clock.now(), component: 'keeper', pid: process.pid, why, msg: 'process killed' })}\n`,
  );
  process.kill(process.pid, 'SIGKILL');
}
