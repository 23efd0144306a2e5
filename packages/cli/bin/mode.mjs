import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * How `tiercel dev` runs on this machine. Plain JavaScript, because `npm start` says it before anything is built.
 * `sentence` says which and why.
 */
export function chooseMode(env, { single = false, nats = env.TIERCEL_NATS_URL, store = env.TIERCEL_STORE } = {}) {
  const wire = single
    ? { over: 'none', why: 'one process over the in-process transport, because you asked for it' }
    : chooseWire(env, nats);
  const kept = chooseStorage(env, store);
  return { ...wire, ...kept, sentence: `Tiercel runs as ${wire.why}; ${kept.where}.` };
}

function chooseWire(env, nats) {
  if (env.TIERCEL_SOCKET) return { over: 'socket', why: 'four processes over the Unix socket you named' };
  if (nats) return { over: 'nats', why: 'four processes over the NATS server you named' };
  const natsServer = onPath('nats-server', env);
  if (natsServer)
    return { over: 'nats', natsServer, why: 'four processes over a NATS of its own, because nats-server is on the PATH' };
  return { over: 'socket', why: 'four processes over a Unix socket, because there is no nats-server on the PATH' };
}

function chooseStorage(env, store) {
  if (store === 'memory:') return { store, where: 'jobs are kept in memory, as you asked, and are gone when it ends' };
  if (store) return { store, where: 'jobs are kept in the storage you named' };
  const redisServer = onPath('redis-server', env);
  if (redisServer)
    return {
      redisServer,
      where: 'jobs are kept in a Redis of its own and are gone when it ends, because redis-server is on the PATH',
    };
  const folder = env.TIERCEL_DATA || '.tiercel';
  return {
    store: `lmdb:${folder}`,
    where: `jobs are kept in the folder ${folder} and are there the next time, because there is no redis-server on the PATH`,
  };
}

/** The full path of a program, or `undefined`. */
export function onPath(program, env) {
  const folders = (env.PATH ?? '').split(delimiter).filter(Boolean);
  return folders.map((folder) => join(folder, program)).find(isProgram);
}

export function isProgram(file) {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false; // not there, or not ours to run
  }
}
