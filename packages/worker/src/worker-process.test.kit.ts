import { realClock as clock, createSystem, type Log, realRandom as random } from '@tiercel/actors';
import { type BrokerProtocol, brokerCodec, brokerPath, POOL } from '@tiercel/protocol';
import { connectSocket } from '@tiercel/socket';
import { childEnv, createWorker, loadHandlers, threadKeeper } from './index.js';

/** What a worker process of the tests is started with, as JSON. */
export interface WorkerProcessArgument {
  readonly socket: string;
  readonly graceMs: number;
  readonly concurrency: number;
  readonly children?: boolean;
  readonly watchParent?: boolean;
}

/** The entry of a worker process, wired as a consumer service wires one. `log` lines go to whoever forked it. */
const argument = JSON.parse(process.argv[2] as string) as WorkerProcessArgument;
const paths = [new URL('./handlers.test.kit.js', import.meta.url).pathname];
const log = logTo({});
const transport = await connectSocket({ path: argument.socket, clock, random, log });
const system = createSystem({ name: 'worker', transport, clock, random, log });
const path = brokerPath('test', POOL);
const { graceMs, concurrency } = argument;
const worker = createWorker({
  broker: system.ref<BrokerProtocol>(path, brokerCodec),
  queues: ['*'],
  owner: `worker-${process.pid}`,
  keeper: threadKeeper({
    connector: {
      module: import.meta.resolve('@tiercel/socket'),
      export: 'connectSocket',
      options: { path: argument.socket },
    },
    brokerPath: path,
    clock,
    log,
    graceMs,
    ...(argument.watchParent ? { parentPid: process.ppid } : {}),
  }),
  handlers: await loadHandlers(paths),
  ...(argument.children === false ? {} : { children: { paths, env: childEnv(process.env) } }),
  clock,
  random,
  log,
  graceMs,
  concurrency,
  onStuck: 'exit',
  exit: (code) => process.exit(code),
});
process.on('message', (verb) => {
  if (verb === 'drain') void worker.drain(5_000).then(() => process.exit(0));
});
await worker.start();
process.send?.('started');

function logTo(bound: object): Log {
  const at = (level: string) => (facts: object, message: string) => {
    if (process.connected) process.send?.({ level, ...bound, ...facts, message }, undefined, undefined, () => {});
  };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (facts) => logTo({ ...bound, ...facts }),
  };
}
