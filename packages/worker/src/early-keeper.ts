import type { KeeperFactory, KeeperHooks } from './keeper.js';

/** A keeper on its way to a worker that is not made yet. */
export interface EarlyKeeper {
  /** For that worker. Its `ready` also throws when the keeper was gone before the worker came. */
  readonly factory: KeeperFactory;
  stop(): Promise<void>;
}

/** Starts a keeper at once: a thread takes about as long to start and to connect as the rest of a process does. */
export function earlyKeeper(factory: KeeperFactory): EarlyKeeper {
  let hooks: KeeperHooks | undefined;
  let gone: { readonly error: unknown } | undefined;
  const keeper = factory({
    lost: (key) => hooks?.lost(key),
    cancel: (key) => hooks?.cancel(key),
    fault: (error) => {
      gone = { error };
      hooks?.fault(error);
    },
  });
  keeper.ready.catch(() => {}); // told to the worker; there may never be one
  const stop = () => keeper.stop();
  return {
    factory: (given) => {
      hooks = given;
      const ready = gone ? Promise.reject(gone.error) : keeper.ready;
      return { ready, keep: (batch) => keeper.keep(batch), ended: (keys) => keeper.ended(keys), stop };
    },
    stop,
  };
}
