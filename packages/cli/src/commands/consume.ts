import { resolve } from 'node:path';
import { EXIT, explain, type Machine, runService, thisProcess } from '@tiercel/host';
import { commandWork, handlerWork, KestrelConsumer, type Work } from '@tiercel/kestrel-worker';
import { fail } from '@tiercel/protocol';
import { childEnv, loadHandlers } from '@tiercel/worker';
import { isProgram, onPath } from '../../bin/mode.mjs';
import { type ConsumeFlags, type ConsumeOptions, readConsume } from '../consume-options.js';

/** Performs jobs of a Kestrel server until it is told to end, or has performed so many. What was called wrongly goes to `misused`, which throws. */
export async function consume(flags: ConsumeFlags, misused: (fault: string) => never): Promise<void> {
  const options = understood(() => readConsume(flags, process.env), misused);
  const work = await workOf(options).catch((error) => misused(explain(error)));
  await runService({ name: 'consumer', settings: ['childEnv'], machine: machineFor(options) }, async (host) => {
    const { config, clock, random, log, defer, check, end, env, fail } = host;
    const say = options.debug ? (line: string) => void process.stdout.write(`${line}\n`) : () => {};
    const consumer = new KestrelConsumer({
      ...{ server: options.server, queue: options.queue, maxJobs: options.maxJobs, allowance: options.allowance },
      work: work({ ...childEnv(env, config.childEnv), TIERCEL_ENV: options.environment }),
      empty: () => say(`Nothing on queue ${options.queue}`),
      performed: (count) => say(`Job count: ${count}`),
      ...{ clock, random, log },
    });
    defer(() => consumer.drain(config.drainMs));
    check('kestrel', () => ({ ok: consumer.connected }));
    void consumer.run().then(() => end(EXIT.ok), fail);
  });
}

function understood(read: () => ConsumeOptions, misused: (fault: string) => never): ConsumeOptions {
  try {
    return read();
  } catch (error) {
    return misused(explain(error));
  }
}

/** Stdout is for what the article's consumer prints. Wrong usage ends with 1, as it does there. */
function machineFor({ argv }: ConsumeOptions): Machine {
  const machine = thisProcess();
  const exit = (code: number) => machine.exit(code === EXIT.usage ? EXIT.failure : code);
  return { ...machine, argv, stdout: process.stderr, exit };
}

/** Throws HANDLERS_NOT_LOADED, and BAD_OPTION when there is no such command. */
async function workOf({ command, handlers: paths, environment }: ConsumeOptions): Promise<(env: Work['children']['env']) => Work> {
  if (command.length === 0) {
    const handlers = await loadHandlers(paths);
    return (env) => handlerWork(handlers, paths, env);
  }
  const [file = '', ...args] = command;
  const vector = [programOf(file), ...args];
  return (env) => commandWork(vector, environment, env);
}

/** The path of a program, so that it is missed before a job is taken. */
function programOf(file: string): string {
  const found = file.includes('/') ? [resolve(file)].find(isProgram) : onPath(file, process.env);
  return found ?? fail('BAD_OPTION', { option: '--exec', expected: 'a program that may be run', got: file.slice(0, 200) });
}
