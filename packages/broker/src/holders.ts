import type { ActorSystem } from '@tiercel/actors';
import { asTiercelError, fail, type HeldProtocol, heldCodec, heldPath, type LeaseRef, nonceOf } from '@tiercel/protocol';
import type { JobStore } from '@tiercel/store';
import type { Bounds } from './bounds.js';

/** What ends or prolongs leases, wherever they are held. */
export type Leases = Pick<JobStore, 'extend' | 'settle' | 'settlePacked'>;

interface Parts {
  readonly store: JobStore;
  readonly system: ActorSystem;
  readonly namespace: string;
  /** Ends of the tokens that are granted here. */
  readonly own: ReadonlySet<string>;
  readonly bounds: Bounds;
}

/** Brokers that one batch is spread over; no worker has leases of more. */
const MAX_HOLDERS = 64;

/** Where every broker settles everything, the storage itself; else this broker for its own leases, and for others whoever granted them. */
export const leasesOf = (parts: Parts): Leases => (parts.store.capabilities.sharedLeases ? parts.store : passingOn(parts));

function passingOn({ store, system, namespace, own, bounds }: Parts): Leases {
  let underWay = 0;

  /** One answer for each item, in order. Nothing was changed by what throws BUSY; after other errors one part may have been done and another not. */
  async function spread<T extends LeaseRef, C>(
    items: readonly T[],
    here: (items: readonly T[]) => Promise<readonly C[]>,
    there: (nonce: string, items: readonly T[]) => Promise<readonly C[]>,
    lost: C,
  ): Promise<readonly C[]> {
    const parts = byNonce(items);
    const others = [...parts.keys()].filter((nonce) => !own.has(nonce));
    if (others.length > MAX_HOLDERS) fail('BATCH_TOO_LARGE', { brokers: others.length, most: MAX_HOLDERS });
    if (underWay + others.length > bounds.passedOn) fail('BUSY', { retryAfterMs: bounds.retryAfterMs });
    underWay += others.length;
    const answers = new Map<T, C>();
    const answer = async (nonce: string, part: readonly T[]) => {
      const codes = own.has(nonce) ? await here(part) : await orLost(there(nonce, part), part, lost);
      for (const [place, item] of part.entries()) answers.set(item, codes[place] ?? lost);
    };
    try {
      await all(Array.from(parts, ([nonce, part]) => answer(nonce, part)));
    } finally {
      underWay -= others.length;
    }
    return items.map((item) => answers.get(item) ?? lost);
  }

  const holder = (nonce: string) => system.ref<HeldProtocol>(heldPath(namespace, nonce), heldCodec);
  const patience = { timeoutMs: bounds.passOnMs };

  return {
    extend: (batch) =>
      spread(
        batch,
        (leases) => store.extend(leases),
        async (nonce, leases) => (await holder(nonce).ask('extend', { leases }, patience)).verdicts,
        'LEASE_LOST' as const,
      ),
    settle: (batch) =>
      spread(
        batch,
        (settlements) => store.settle(settlements),
        async (nonce, settlements) => (await holder(nonce).ask('settle', { settlements }, patience)).verdicts,
        'LEASE_LOST' as const,
      ),
  };
}

function byNonce<T extends LeaseRef>(items: readonly T[]): ReadonlyMap<string, readonly T[]> {
  const parts = new Map<string, T[]>();
  for (const item of items) {
    const nonce = nonceOf(item.token);
    const part = parts.get(nonce) ?? [];
    parts.set(nonce, part);
    part.push(item);
  }
  return parts;
}

/** Where nobody answers for these leases any more, what was held there is back already. */
async function orLost<T, C>(asked: Promise<readonly C[]>, items: readonly T[], lost: C): Promise<readonly C[]> {
  try {
    return await asked;
  } catch (error) {
    const { code, facts } = asTiercelError(error);
    // with an address it is this end that has no connection
    if (code !== 'UNREACHABLE' || facts.url !== undefined || facts.socket !== undefined) throw error;
    return items.map(() => lost);
  }
}

/** Fails with the first error, once all have ended. */
async function all(parts: readonly Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(parts)).find((part) => part.status === 'rejected');
  if (failed) throw failed.reason;
}
