import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { TiercelError } from '@tiercel/protocol';
import { type DurableEngine, SHARDS, type Storage } from './engine.js';
import type { Answered, Asked, Verb } from './lmdb-process.js';

/** LMDB in a process of its own, because what is watched is killed. */
export const lmdbEngine: DurableEngine = {
  name: 'LMDB',
  tear: 'scattered',
  async start(dir, env) {
    const child = fork(join(import.meta.dirname, 'lmdb-process.js'), [dir], {
      env: { PATH: process.env.PATH, ...env },
      execArgv: [],
      serialization: 'advanced',
    });
    const exit = once(child, 'exit');
    const died = exit.then(() => Promise.reject(new Error('its process ended at once')));
    died.catch(() => {}); // from here on its end is somebody's wish
    await Promise.race([once(child, 'message'), died]);
    const storage = storageIn(child);
    return {
      open: async () => storage,
      async stop() {
        if (child.connected) child.disconnect(); // then it closes the store, and has nothing left to do
        await exit;
      },
    };
  },
};

interface Pending {
  resolve(reply: unknown): void;
  reject(error: TiercelError): void;
}

/** Every call to a process that is gone is one whose answer was lost. */
function storageIn(child: ChildProcess): Storage {
  const pending = new Map<number, Pending>();
  let asked = 0;
  child.on('message', (answered: Answered) => {
    const { resolve, reject } = pending.get(answered.number)!;
    pending.delete(answered.number);
    if ('code' in answered) reject(new TiercelError('STORAGE_UNAVAILABLE', { reason: answered.code }));
    else resolve(answered.reply);
  });
  child.once('exit', () => {
    for (const { reject } of pending.values()) reject(gone());
  });
  const ask = <R>(verb: Verb, ...args: readonly unknown[]): Promise<R> =>
    new Promise((resolve, reject) => {
      if (!child.connected) return reject(gone());
      const number = ++asked;
      pending.set(number, { resolve: resolve as Pending['resolve'], reject });
      child.send({ number, verb, args } satisfies Asked, () => {}); // when it cannot be sent the process has ended, and that is told to all
    });
  return {
    shards: SHARDS,
    enqueue: (batch) => ask('enqueue', batch),
    reserve: (request) => ask('reserve', request),
    settle: (batch) => ask('settle', batch),
    find: (tenant, ids, options) => ask('find', tenant, ids, options),
    close: async () => {},
  };
}

const gone = () => new TiercelError('STORAGE_UNAVAILABLE', { reason: 'its process has ended' });
