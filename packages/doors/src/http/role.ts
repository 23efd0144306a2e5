/**
 * What a token may do. `produce`: enqueue, and look at one job by its id. `read`: look at everything. `operate`: all of it, and cancel and
 * revive.
 */
export const ROLES = ['produce', 'read', 'operate'] as const;
export type Role = (typeof ROLES)[number];

/** Stands for every tenant in the tokens of operators. */
export const EVERY_TENANT = '*';

export interface Credential {
  /** A name, or {@link EVERY_TENANT}. */
  readonly tenant: string;
  readonly role: Role;
}
