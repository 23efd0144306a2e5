import type { Undo } from '@tiercel/actors';
import type { LeaseRef } from '@tiercel/protocol';

/** An item that a client has, or is about to have: a lease of the door. */
export class Read implements LeaseRef {
  readonly tenant: string;
  readonly id: string;
  readonly token: string;
  readonly queue: string;
  /** How many of its attempts, which are aborts here, were spent before. */
  readonly spent: number;
  /** The item, until it was handed over. */
  data: Uint8Array;
  /** When its lease is to be made longer, on the monotonic clock. */
  renewAt: number;
  /** `over`: its client ended it. `lost`: it timed out, or its lease is somebody else's. */
  state: 'held' | 'over' | 'lost' = 'held';
  /** Of the time-out of its queue. */
  stopTimer: Undo | undefined;

  constructor(lease: LeaseRef & { readonly queue: string; readonly spent: number }, data: Uint8Array, renewAt: number) {
    this.tenant = lease.tenant;
    this.id = lease.id;
    this.token = lease.token;
    this.queue = lease.queue;
    this.spent = lease.spent;
    this.data = data;
    this.renewAt = renewAt;
  }

  /** Whether it was held until now. */
  end(as: 'over' | 'lost'): boolean {
    this.stopTimer?.();
    this.stopTimer = undefined;
    if (this.state !== 'held') return false;
    this.state = as;
    return true;
  }
}
