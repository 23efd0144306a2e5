import { isPortableQueueName } from '@tiercel/kestrel';
import { fail, isName } from '@tiercel/protocol';
import { readEnvelope, writeEnvelope } from './envelope.js';
import type { StoredJob } from './stored-job.js';

export type Place = 'ready' | 'dead' | 'quarantine';
type Pair = { readonly tenant: string; readonly queue: string };

/** What queues are called on the servers, and what an item looks like. */
export interface Form {
  /** Items of one queue may be several tenants'. */
  readonly mixed: boolean;
  /** Throws BAD_NAME when servers would not take it. */
  nameOf(pair: Pair, place?: Place): string;
  /** The queue, of all tenants and queues together, of jobs that wait for their time; see `wait-step.ts`. */
  laterOf(step: number): string;
  /** Where an item of this name is set aside. */
  asideOf(name: string): string;
  /** Whose jobs wait under a name, '' for whoever an item says; `undefined`: not ours, or nothing that waits. */
  pairOf(name: string): Pair | undefined;
  write(job: StoredJob): Uint8Array;
  /** `undefined`: no job of this queue. */
  read(item: Uint8Array, name: string): StoredJob | undefined;
  /** `undefined`: no job that waits for its time. */
  readLater(item: Uint8Array): StoredJob | undefined;
}

const ASIDE = ':quarantine';
const SUFFIX: Readonly<Record<Place, string>> = { ready: '', dead: ':dead', quarantine: ASIDE };

/** A name is no longer than every compatible server takes, also with the longest of its endings. */
export function requirePortable(name: string): string {
  if (!isPortableQueueName(`${name}${ASIDE}`))
    fail('BAD_NAME', { kind: 'kestrel queue', got: name.slice(0, 140), expected: 'at most 89 letters, digits, : _ and -' });
  return name;
}

export const ifLater = (job: StoredJob | undefined): StoredJob | undefined => (job && job.dueAtMs > 0 ? job : undefined);

/** `namespace:tenant:queue`; what a name says of its tenant and queue, the item must say too. */
export function ownForm(namespace: string): Form {
  const pairOf = (name: string) => {
    const [first, tenant, queue, ...more] = name.split(':');
    return first === namespace && isName(tenant) && isName(queue) && more.length === 0 ? { tenant, queue } : undefined;
  };
  return {
    mixed: false,
    nameOf: ({ tenant, queue }, place = 'ready') => `${requirePortable(`${namespace}:${tenant}:${queue}`)}${SUFFIX[place]}`,
    laterOf: (step) => `${namespace}:later-${step}`,
    asideOf: (name) => `${name}${ASIDE}`,
    pairOf,
    write: writeEnvelope,
    read(item, name) {
      const [job, pair] = [readEnvelope(item), pairOf(name)];
      return job && job.tenant === pair?.tenant && job.queue === pair.queue ? job : undefined;
    },
    readLater: (item) => ifLater(readEnvelope(item)),
  };
}
