import type { Sender } from '@tiercel/actors';
import { ANY, fail, POOL, readStamp, type Stamp } from '@tiercel/protocol';

/** Whose request it is, and for which queue: what the server stamped on it. Throws BAD_NAME. */
export function stampOf(sender: Sender): Stamp {
  return (
    readStamp(sender.subject) ??
    fail('BAD_NAME', { kind: 'subject', got: sender.subject.slice(0, 80).replace(/[^\x20-\x7e]/g, '?') })
  );
}

/** Only a tenant's own credential enqueues and looks; the pool's serves jobs. */
export const requireTenant = (stamp: Stamp): string =>
  stamp.tenant === POOL ? fail('FOREIGN_TENANT', { got: POOL }) : stamp.tenant;

/** What is of several tenants only the pool's credential sees. Throws FOREIGN_TENANT. */
export function requirePool({ tenant }: Stamp): void {
  if (tenant !== POOL) fail('FOREIGN_TENANT', { tenant });
}

/** Throws FOREIGN_TENANT when a lease is another tenant's. */
export function requireOwn(stamp: Stamp, refs: readonly { readonly tenant: string }[]): void {
  if (stamp.tenant === POOL) return;
  if (refs.some(({ tenant }) => tenant !== stamp.tenant)) fail('FOREIGN_TENANT', { tenant: stamp.tenant });
}

/** Permissions may be per queue, so a subject that names a queue speaks for no other. */
export function requireTopic(stamp: Stamp, queue: string): void {
  if (stamp.queue !== ANY && queue !== stamp.queue) fail('BAD_MESSAGE', { reason: 'the subject names another queue' });
}

/** The tenant that asks about this queue of its own, or with '' about all of them. */
export function ownQueue(stamp: Stamp, queue: string): string {
  requireTopic(stamp, queue);
  return requireTenant(stamp);
}
