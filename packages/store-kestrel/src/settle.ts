import {
  type ExtendCode,
  type LeaseRef,
  LIMITS,
  NEVER_MS,
  type Release,
  type SettleCode,
  type Settlement,
} from '@tiercel/protocol';
import type { Lease } from './lease.js';
import type { Parts } from './parts.js';
import { isSpent } from './stored-job.js';
import type { Taken } from './taken.js';

export function extend({ leases, tokens }: Parts, { leaseMs, ...ref }: LeaseRef & { readonly leaseMs: number }): ExtendCode {
  const lease = leases.find(ref);
  const nowMs = tokens.now();
  if (lease === undefined || lease.endsAtMs <= nowMs) return 'LEASE_LOST';
  lease.endsAtMs = leaseMs === 0 ? NEVER_MS : nowMs + leaseMs;
  lease.isDelivered = true;
  return 'OK';
}

/** A connection that ended has lost its read, whatever was being said on it. */
export async function settle(parts: Parts, settlement: Settlement): Promise<SettleCode> {
  const lease = parts.leases.find(settlement);
  if (lease === undefined) return parts.settled.again(settlement);
  parts.leases.remove(lease);
  return parts.settled.add(settlement, end(parts, lease, settlement));
}

async function end(parts: Parts, lease: Lease, settlement: Settlement): Promise<SettleCode> {
  if (settlement.outcome === 'release') return release(parts, lease, settlement);
  if (settlement.outcome === 'ack') return done(lease.read.close());
  const taken = changed(lease, { reason: settlement.reason });
  return unlessLost(taken, parts.kept.put(taken, settlement.corrupt ? 'quarantine' : 'dead'));
}

async function release(parts: Parts, lease: Lease, { spend, lost, delayMs, head, reason }: Release): Promise<SettleCode> {
  const { spent, lostLeases } = lease.job;
  const counted = { reason, spent: spent + (spend ? 1 : 0), lostLeases: lostLeases + (lost ? 1 : 0) };
  const taken = changed(lease, counted);
  if (isSpent(taken.job) || taken.job.lostLeases >= LIMITS.lostLeases) return unlessLost(taken, parts.kept.put(taken, 'dead'));
  const nowMs = parts.tokens.now();
  if (delayMs > 0) await parts.kept.hold({ ...taken, job: { ...taken.job, dueAtMs: nowMs + delayMs } }, nowMs);
  else if (!head || spend || lost) await parts.kept.put(taken, 'ready');
  else if (lease.isChanged) parts.kept.hand(taken);
  else if (parts.kept.ready(lease.job) > 0) parts.kept.hand({ ...taken, isChanged: false });
  else return done(lease.read.abort());
  return 'OK';
}

async function unlessLost({ read }: Taken, put: Promise<void>): Promise<SettleCode> {
  const wasLost = read.isLost;
  await put;
  return wasLost ? 'LEASE_LOST' : 'OK';
}

const changed = ({ read, job }: Lease, told: Partial<Lease['job']>): Taken => ({
  read,
  job: { ...job, ...told, ...(told.reason === undefined ? {} : { reason: told.reason.slice(0, LIMITS.reasonChars) }) },
  isChanged: true,
});

const done = (ended: Promise<void>): Promise<SettleCode> =>
  ended.then(
    () => 'OK',
    () => 'LEASE_LOST',
  );
