import type { TenantClient } from '@tiercel/client';
import type { Polls } from './polls.js';
import type { Role } from './role.js';
import type { Schema } from './schemas.js';

/** One thing the door can do; what is checked, carried out and described is made of it. */
export interface Operation {
  readonly id: string;
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** `/v1/tenants/:tenant/…` */
  readonly url: string;
  readonly about: string;
  readonly roles: readonly Role[];
  readonly params: Schema;
  readonly query: Schema;
  readonly body?: Schema;
  /** What is answered, by status; refusals are the same everywhere. */
  readonly answers: Readonly<Record<number, Schema>>;
  /** How long it may wait for jobs beside the broker. */
  readonly waitMs?: number;
  act(asked: Asked): Promise<Answer>;
}

export interface Asked {
  readonly tenant: TenantClient;
  /** Checked by the operation's schemas. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly body: unknown;
  readonly polls: Polls;
  /** The caller has gone. */
  readonly gone: AbortSignal;
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
  /** Of what was made. */
  readonly location?: string;
}

export const ok = (body: unknown): Answer => ({ status: 200, body });
