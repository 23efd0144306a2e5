import { checksumOf, DEFAULTS, type LeasedJob } from '@tiercel/protocol';
import type { Allowance } from './allowance.js';

interface Facts {
  readonly id: string;
  readonly tenant: string;
  readonly queue: string;
  readonly name: string;
  /** JSON. */
  readonly payload: string;
  readonly spent: number;
  readonly allowance: Allowance;
  readonly nowMs: number;
}

/** What a performer takes. Its token grows with every delivery as far as the clocks of the consumers agree: no server here makes a better one. */
export function jobOf({ id, tenant, queue, name, payload: json, spent, allowance, nowMs }: Facts): LeasedJob {
  const payload = new TextEncoder().encode(json);
  const encoding = 'json';
  return {
    ...{ id, tenant, queue, name, payload, encoding, spent },
    token: `${(BigInt(Math.floor(nowMs)) * 4_096n).toString(16).padStart(16, '0')}00000000`,
    checksum: checksumOf({ id, tenant, queue, name, encoding, payload }),
    originQueue: queue,
    attempt: spent + 1,
    lostLeases: 0,
    leaseMs: DEFAULTS.leaseMs,
    createdAtMs: nowMs,
    ...allowance,
  };
}
