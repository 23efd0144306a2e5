import { DEFAULTS, LIMITS } from '@tiercel/protocol';

/** Every bound of a broker. Times in milliseconds. */
export interface Bounds {
  /** Requests of one tenant under way at the front desk; one more is BUSY. */
  readonly requestsPerTenant: number;
  /** The same for the pool, whose one credential all of the operator's consumers share. */
  readonly requestsOfPool: number;
  /** Bytes of those requests; a request is let in when the tenant has none under way, whatever its size. */
  readonly bytesPerTenant: number;
  /** Reserves of one tenant parked at this broker. */
  readonly parkedPerTenant: number;
  /** Payload of one job; at most `LIMITS.payloadMostBytes`. */
  readonly payloadBytes: number;
  /** What BUSY tells the caller to wait. */
  readonly retryAfterMs: number;
  /** Reserves under way at the storage. */
  readonly reservesInFlight: number;
  /** How long a reserve that is not to be parked waits for its turn while so many are under way; then it is answered empty. */
  readonly turnMs: number;
  readonly deliveryLeaseMs: number;
  /** Nudges may be lost, so parked reserves look for themselves this often (± 20 %). */
  readonly pollMs: number;
  /** Jobs moved by one sweep of one shard; where several shards are swept at once each moves its part of it. */
  readonly sweepLimit: number;
  /** Rest between two pages of records of one shard that are compared with their indexes, while its sweeps find nothing to do. */
  readonly scrubMs: number;
  /** The same while they do. */
  readonly scrubBusyMs: number;
  /** Pairs of tenant and queue read from one shard in one look. */
  readonly backlogPage: number;
  /** Pairs a broker remembers as having work. */
  readonly knownPairs: number;
  /** Batches passed on to the brokers that hold their leases; one more is BUSY. */
  readonly passedOn: number;
  /** How long such a broker may take to answer. */
  readonly passOnMs: number;
  /** How long a broker that stops waits for the leases that only it can end. */
  readonly heldMs: number;
  /** Wait after a storage error, doubled up to `pollMs` × 5. */
  readonly storeRetryMs: number;
  /** How long the storage may fail before the broker leaves the queue group. */
  readonly storeDownMs: number;
}

export const DEFAULT_BOUNDS: Bounds = {
  requestsPerTenant: 64,
  requestsOfPool: 2_048,
  bytesPerTenant: 16 * 1024 * 1024,
  parkedPerTenant: 2_000,
  payloadBytes: LIMITS.payloadBytes,
  retryAfterMs: 100,
  reservesInFlight: 32,
  turnMs: 500,
  deliveryLeaseMs: DEFAULTS.deliveryLeaseMs,
  pollMs: 1_000,
  sweepLimit: 250,
  scrubMs: 5_000,
  scrubBusyMs: 60_000,
  backlogPage: 1_000,
  knownPairs: 100_000,
  passedOn: 1_000,
  passOnMs: 3_000,
  heldMs: 10_000,
  storeRetryMs: 100,
  storeDownMs: 3_000,
};
