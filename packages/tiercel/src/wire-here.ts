import { realClock as clock, realRandom as random, sleep } from '@tiercel/actors';
import { findNatsUrl } from '@tiercel/host';
import { codeOf } from '@tiercel/protocol';
import { socketBeside, type Wire } from '@tiercel/wire';
import { type EmbeddedOptions, type Wiring, wireEmbedded, wireRemote } from './wiring.js';

/** How long the owner of a storage may take until he can be reached: one that has a million jobs reads them for 5 s. */
const REACH_MS = 10_000;
/** Between two tries, at most. */
const AGAIN_MS = 200;

/**
 * Keeps jobs in this process or, when another one keeps those of the same folder, reaches that one. Throws what the storage throws; STORAGE_OWNED
 * when the owner cannot be reached.
 */
export async function wireHere(options: EmbeddedOptions): Promise<Wiring> {
  const giveUpAtMs = clock.monotonic() + REACH_MS;
  for (;;) {
    try {
      const wiring = await wireEmbedded(options);
      options.log.info({ store: options.store }, 'broker runs in this process');
      return wiring;
    } catch (error) {
      if (codeOf(error) !== 'STORAGE_OWNED') throw error;
      const reached = await reachOwner(options);
      if (reached) return reached;
      if (clock.monotonic() >= giveUpAtMs) throw error;
    }
    await sleep(clock, random.next() * AGAIN_MS);
  }
}

/** `undefined`: not now. It may still be opening, or just have ended. */
async function reachOwner(options: EmbeddedOptions): Promise<Wiring | undefined> {
  for (const wire of await waysTo(options)) {
    try {
      return await wireRemote(wire, options, ONE_TRY_MS);
    } catch (error) {
      if (codeOf(error) !== 'UNREACHABLE') throw error;
    }
  }
  return undefined;
}

const ONE_TRY_MS = 1;

/** Its socket, or the NATS server of a `tiercel dev` that keeps its jobs there. */
async function waysTo({ store, namespace }: EmbeddedOptions): Promise<Wire[]> {
  const socket = socketBeside(store, namespace);
  const nats = socket && (await findNatsUrl(store.slice(store.indexOf(':') + 1)));
  return [...(socket ? [{ socket }] : []), ...(nats ? [{ nats }] : [])];
}
