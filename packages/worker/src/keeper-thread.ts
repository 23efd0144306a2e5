import { writeSync } from 'node:fs';
import { type MessagePort as Port, parentPort, workerData } from 'node:worker_threads';
import { realClock as clock, createSystem, realRandom as random, type Transport } from '@tiercel/actors';
import { asTiercelError, type BrokerProtocol, brokerCodec } from '@tiercel/protocol';
import { packJobs } from './job-message.js';
import { type LocalKeeper, openKeeper } from './keeper.js';
import type { FromKeeper, KeeperThreadData, ToKeeper } from './keeper-message.js';
import { LoopGuard } from './loop-guard.js';
import { watchParent } from './orphan.js';
import { relayLog } from './relay-log.js';

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
  const { queues, owner, graceMs, brokerPath } = data;
  const broker = system.ref<BrokerProtocol>(brokerPath, brokerCodec);
  const keeper: LocalKeeper = openKeeper(
    { broker, queues, owner, clock, random, log, graceMs, overdue: (lease) => guard.doubt(lease) },
    {
      jobs(jobs) {
        const message = packJobs(jobs);
        tell(['jobs', message], [message.payloads]);
      },
      lost: (token) => tell(['lost', token]),
      cancel: (token) => tell(['cancel', token]),
    },
  );
  const guard = new LoopGuard({ broker, clock, log, graceMs, ping: () => tell(['ping']), keeper, kill });
  port.on('message', (message: ToKeeper) => {
    if (message[0] === 'demand') keeper.demand(message[1]);
    else if (message[0] === 'started') keeper.started(message[1]);
    else if (message[0] === 'ended') keeper.ended(message[1]);
    else if (message[0] === 'pong') guard.pong();
    else if (message[0] === 'drain') void keeper.drain().then(() => tell(['drained']));
    else void stop(keeper, system, transport);
  });
  tell(['ready']);
}

async function stop(keeper: LocalKeeper, system: { stop(): Promise<void> }, transport: Transport): Promise<void> {
  await keeper.stop();
  await system.stop();
  await transport.close();
  tell(['stopped']);
  port.close();
}

function tell(message: FromKeeper, transfer: ArrayBuffer[] = []): void {
  port.postMessage(message, transfer);
}

/** The main thread may be blocked and its log with it, so this one line goes out by itself. */
function kill(why: string): void {
  writeSync(
    2,
    `${JSON.stringify({ level: 50, time: clock.now(), component: 'keeper', pid: process.pid, why, msg: 'process killed' })}\n`,
  );
  process.kill(process.pid, 'SIGKILL');
}
