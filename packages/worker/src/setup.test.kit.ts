import type { Log } from '@tiercel/actors';
import { createTestKit, type TestKit } from '@tiercel/actors/testing';
import { type BrokerProtocol, brokerCodec, brokerPath, everyTenant, type NewJob, POOL } from '@tiercel/protocol';
import { type TestBroker, testBroker } from './broker.test.kit.js';
import type { Handler, HandlerInput } from './handlers.js';
import { type KeeperFactory, localKeeper } from './keeper.js';
import { createWorker, type Worker } from './worker.js';
import type { WorkerOptions } from './worker-options.js';

export interface Setup {
  readonly kit: TestKit;
  readonly broker: TestBroker;
  readonly worker: Worker;
  /** Inputs of the handler `Work`, in the order it was run. */
  readonly runs: HandlerInput[];
  readonly exits: number[];
  readonly logged: { readonly level: string; readonly facts: Record<string, unknown>; readonly message: string }[];
  advance(ms: number): Promise<void>;
}

type Given = Partial<Omit<WorkerOptions, 'handlers' | 'queues' | 'owner'>> & {
  readonly jobs?: readonly NewJob[];
  /** The handler named `Work`. */
  readonly work?: Handler['run'];
  readonly validate?: NonNullable<Handler['validate']>;
  readonly others?: readonly Handler[];
  readonly wrapKeeper?: (keeper: KeeperFactory) => KeeperFactory;
};

/** A worker with a keeper in its own thread and a broker on another node, all on virtual time; started. */
export async function setup({
  jobs = [],
  work = () => undefined,
  validate,
  others = [],
  wrapKeeper,
  ...options
}: Given = {}): Promise<Setup> {
  const kit = createTestKit();
  const broker = testBroker(kit.clock);
  const brokerSystem = kit.system('broker');
  const actor = brokerSystem.spawn<BrokerProtocol>({ name: 'broker', actor: broker.actor, turns: 1_000 });
  await brokerSystem.serve<BrokerProtocol>(everyTenant('test'), actor, brokerCodec);
  await broker.enqueue(...jobs);

  const runs: HandlerInput[] = [];
  const exits: number[] = [];
  const logged: Setup['logged'] = [];
  const run = (input: HandlerInput) => {
    runs.push(input);
    return work(input);
  };
  const handler: Handler = { name: 'Work', isolation: 'inline', run, ...(validate ? { validate } : {}) };
  const ref = kit.system('worker').ref<BrokerProtocol>(brokerPath('test', POOL), brokerCodec);
  const common = { broker: ref, clock: kit.clockOf('worker'), random: kit.random, log: logTo(logged) };
  const keeper = localKeeper(common);
  const worker = createWorker({
    ...common,
    queues: ['*'],
    owner: 'worker-1',
    keeper: wrapKeeper?.(keeper) ?? keeper,
    handlers: new Map([handler, ...others].map((each) => [each.name, each])),
    exit: (code) => exits.push(code),
    ...options,
  });
  await worker.start();
  return { kit, broker, worker, runs, exits, logged, advance: (ms) => kit.advance(ms) };
}

function logTo(logged: Setup['logged'], bound: object = {}): Log {
  const at = (level: string) => (facts: object, message: string) => {
    logged.push({ level, facts: { ...bound, ...facts }, message });
  };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (facts) => logTo(logged, { ...bound, ...facts }),
  };
}

/** A promise and its ends. */
export function deferred<T = void>(): { readonly promise: Promise<T>; resolve(value: T): void; reject(error: unknown): void } {
  let ends: { resolve(value: T): void; reject(error: unknown): void } | undefined;
  const promise = new Promise<T>((resolve, reject) => {
    ends = { resolve, reject };
  });
  return { promise, ...(ends as NonNullable<typeof ends>) };
}

/** Ends when the handler is asked to stop, by throwing why. */
export const untilAborted = ({ signal }: HandlerInput): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
  });

/** Never ends, whatever it is asked. */
export const forEver = (): Promise<never> => new Promise(() => {});
