import { channel } from 'node:diagnostics_channel';
import type { Settled } from './settler.js';

/** What a subscriber of `tiercel:settled` is told: once for each settlement, when the broker has answered it or none is waited for. */
export interface SettledMessage {
  readonly tenant: string;
  readonly id: string;
  readonly outcome: 'ack' | 'release' | 'bury';
  /** `OK`, `OK_ALREADY`: it counts; `LEASE_LOST`: it came too late; `GIVEN_UP`: nobody answered for twice the lease. */
  readonly code: Settled['code'];
}

const settledChannel = channel('tiercel:settled');

/** Tells who observes this process through `node:diagnostics_channel`; costs nothing when nobody does. */
export function publishSettled(settled: readonly Settled[]): void {
  if (!settledChannel.hasSubscribers) return;
  for (const { settlement, code } of settled) {
    const { tenant, id, outcome } = settlement;
    settledChannel.publish({ tenant, id, outcome, code } satisfies SettledMessage);
  }
}
