import { LIMITS } from '@tiercel/protocol';
import type { GoneOwner, PairName, Reaped } from '@tiercel/store';
import type { Lease } from './lease.js';
import type { Parts } from './parts.js';
import { isSpent } from './stored-job.js';
import { pairOf } from './taken.js';

/** Takes back leases that ended, then those of gone owners. A job that is not dead for it is the next of its queue here, with what it lost counted. */
export async function reap(parts: Parts, limit: number, gone: readonly GoneOwner[]): Promise<Reaped> {
  const nowMs = parts.tokens.now();
  const reasons = new Map(gone.map(({ owner, reason }) => [owner, reason]));
  const over = parts.leases.over(nowMs, new Set(reasons.keys()));
  const ready = new Map<string, PairName>();
  for (const lease of over.slice(0, limit)) {
    const { tenant, queue } = lease.job;
    if (await takeBack(parts, lease, reasons.get(lease.owner) ?? 'LEASE_LOST')) ready.set(pairOf(lease.job), [tenant, queue]);
  }
  const endMs = parts.leases.nextEndMs();
  const nextInMs = over.length > limit ? 0 : endMs === undefined ? undefined : Math.max(0, endMs - nowMs);
  return { moved: Math.min(over.length, limit), ready: [...ready.values()], nextInMs, nowMs, cursor: '' };
}

/** Whether it is ready. */
async function takeBack({ leases, kept }: Parts, lease: Lease, reason: string): Promise<boolean> {
  leases.remove(lease);
  const { job, isDelivered } = lease;
  const counted = isDelivered
    ? { ...job, spent: job.spent + 1, lostLeases: job.lostLeases + 1 }
    : { ...job, undelivered: job.undelivered + 1 };
  const isDead = isDelivered
    ? counted.lostLeases >= LIMITS.lostLeases || isSpent(counted)
    : counted.undelivered >= LIMITS.undelivered;
  const said = (isDelivered ? reason : isDead ? 'UNDELIVERED' : job.reason).slice(0, LIMITS.reasonChars);
  const taken = { read: lease.read, job: { ...counted, reason: said }, isChanged: true };
  if (isDead) await kept.put(taken, 'dead');
  else kept.hand(taken);
  return !isDead;
}
