import { LIMITS } from './limits.js';
import { isName } from './names.js';

/** What becomes of a job that would make a queue larger than its limits. */
export const WHEN_FULL = ['refuse', 'drop-oldest'] as const;
export type WhenFull = (typeof WHEN_FULL)[number];

/** {@link QueueSettings.expireTo}: the dead letters. No queue has such a name. */
export const TO_DEAD = '*dead';

/**
 * What may be set for a queue, or for all queues of a tenant, while everything runs. What a queue does not say its tenant says, and what
 * neither says the installation does; both pause. Times in milliseconds, sizes in bytes.
 */
export interface QueueSettings {
  /** Nothing is handed out; leases run on, delays and times to live too. */
  readonly paused?: boolean;
  /** Of jobs that leave it to the queue: 1,000 … `LIMITS.leaseMs`, or 0 = never ends by itself. From the next reserve on. */
  readonly leaseMs?: number;
  /** Of jobs that leave it to the queue: 0 = no limit. From the next failure on. */
  readonly attempts?: number;
  /** Bounds the time to live of jobs that are enqueued from now on; 0 = no bound. */
  readonly maxAgeMs?: number;
  /** Where a job goes whose time to live ran out before it started: '' = expired, {@link TO_DEAD}, or the tail of another queue of its tenant. */
  readonly expireTo?: string;
  /** How long finished jobs are kept, and how many, and how many bytes of their results. */
  readonly finishedMs?: number;
  readonly finishedMax?: number;
  readonly finishedBytes?: number;
  /** The same of dead letters and their payloads. */
  readonly deadMs?: number;
  readonly deadMax?: number;
  readonly deadBytes?: number;
  /** Most jobs that may wait (ready or scheduled) when another is enqueued; 0 = no limit. Retries and revived jobs are never refused. */
  readonly maxItems?: number;
  /** The same of their payload bytes. */
  readonly maxBytes?: number;
  /** Largest payload: PAYLOAD_TOO_LARGE; 0 = no limit beside the broker's own. */
  readonly maxItemBytes?: number;
  /**
   * `refuse` (default): QUEUE_FULL. `drop-oldest`: waiting jobs are cancelled with the reason DISCARDED until the new one has room, always the
   * head of the last priority that has ready jobs; those of a call are `LIMITS.discardedAtOnce` at most, then QUEUE_FULL.
   */
  readonly whenFull?: WhenFull;
  /**
   * Other queues of the tenant, by name, with commas between: the Kestrel door stores each item that is set on this queue in them too. At most
   * `LIMITS.fanoutQueues`; '' = none. Like the two that follow it is read by that door alone: a storage keeps it, and does nothing about it.
   */
  readonly fanout?: string;
  /** The Kestrel door keeps nothing in the queue itself, only in those of `fanout`. */
  readonly fanoutOnly?: boolean;
  /** An item that was aborted so often through the Kestrel door goes to the dead letters instead of back; 0 = no limit. */
  readonly maxAborts?: number;
}

/** The queues that {@link QueueSettings.fanout} names. */
export const fanoutOf = (text: string): readonly string[] => (text === '' ? [] : text.split(','));

/** Names with commas between, none twice. */
export function isFanout(text: unknown): text is string {
  if (typeof text !== 'string') return false;
  const names = fanoutOf(text);
  return names.length <= LIMITS.fanoutQueues && names.every(isName) && new Set(names).size === names.length;
}

export const SETTINGS = [
  'paused',
  'leaseMs',
  'attempts',
  'maxAgeMs',
  'expireTo',
  'finishedMs',
  'finishedMax',
  'finishedBytes',
  'deadMs',
  'deadMax',
  'deadBytes',
  'maxItems',
  'maxBytes',
  'maxItemBytes',
  'whenFull',
  'fanout',
  'fanoutOnly',
  'maxAborts',
] as const satisfies readonly (keyof QueueSettings)[];
export type SettingName = (typeof SETTINGS)[number];

/** What is neither set nor cleared stays. What is in both is set. */
export interface SettingsChange {
  readonly set: QueueSettings;
  readonly clear: readonly SettingName[];
}

/** Settings as they were set; `queue` '' for those of the tenant. */
export interface SettingsView {
  readonly queue: string;
  readonly settings: QueueSettings;
}

/** What happened to jobs since the installation was made. */
export interface Counters {
  readonly enqueued: number;
  /** Leases granted. */
  readonly started: number;
  /** Acks that counted. */
  readonly succeeded: number;
  /** Attempts that ended otherwise and counted: a release that spends or says `lost`, a bury, a delivered lease that was reaped. */
  readonly failed: number;
  /** Failed ones that went back to the queue. */
  readonly retried: number;
  /** Time to live ran out, wherever the job went. */
  readonly expired: number;
  /** Went to the dead letters, from wherever. */
  readonly dead: number;
  readonly cancelled: number;
  /** Dropped to make room. */
  readonly discarded: number;
}

export interface Counted extends Counters {
  readonly queue: string;
  /** '' = all names beyond `LIMITS.countedNames`. */
  readonly name: string;
}

/** A record that cannot be trusted, as it is. */
export interface Quarantined {
  readonly id: string;
  readonly atMs: number;
  readonly reason: string;
  /** The stored bytes where the storage keeps bytes, and the payload where it is legible. */
  readonly record: Uint8Array;
}
