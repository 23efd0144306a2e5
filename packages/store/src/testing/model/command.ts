import type { JobState, OUTCOMES, PurgeState, QueueSettings, SettingName } from '@tiercel/protocol';

/** What is done to a store: plain data that fast-check can shrink and print. */
export type Command = { [V in keyof Arguments]: { readonly verb: V } & Arguments[V] }[keyof Arguments];
export type CommandOf<V extends keyof Arguments> = Extract<Command, { verb: V }>;

export interface Arguments {
  /** Does nothing: what a command that does not matter shrinks to. */
  readonly rest: object;
  readonly enqueue: { readonly items: readonly Item[] };
  readonly reserve: Take & { readonly wants: readonly WantPick[]; readonly max: number; readonly maxBytes: number };
  readonly extend: { readonly items: readonly (GrantPick & { readonly leaseMs: number })[] };
  readonly settle: { readonly items: readonly SettlementPick[] };
  readonly promote: Sweep;
  readonly reap: Sweep & { readonly gone: readonly string[] };
  readonly prune: Sweep;
  readonly scrub: { readonly tenant: string };
  readonly cancel: Ids;
  readonly revive: Ids;
  readonly forget: Ids;
  readonly purge: {
    readonly tenant: string;
    readonly queue: string;
    readonly states: readonly PurgeState[];
    readonly limit: number;
  };
  readonly control: Change;
  readonly list: {
    readonly tenant: string;
    readonly queue: string;
    readonly state: JobState;
    readonly limit: number;
    readonly payload: boolean;
  };
  /** Lets `times` leases of one pair end in a row: how jobs become suspect, and dead. */
  readonly wear: Take & { readonly want: WantPick; readonly times: number; readonly delivered: boolean };
  /** Commands of different tenants at the same time, by two handles of the store. */
  readonly together: { readonly turns: readonly Turn[] };
  /** Ends the store and opens it again, where the driver can. */
  readonly reopen: object;
  readonly advance: { readonly ms: number };
  /** To the time a sweep named last, or one millisecond before it. */
  readonly advanceToDue: { readonly kind: 'promote' | 'reap' | 'prune'; readonly early: boolean };
  readonly back: { readonly ms: number };
}

export interface Item {
  readonly tenant: string;
  /** Mostly `own`, the one that belongs to the id; any other means other contents. */
  readonly queue: string;
  readonly id: string;
  readonly name: string;
  /** Another one has other contents. */
  readonly edition: number;
  readonly delayMs: number;
  /** Whether the delay is told as a date. */
  readonly dated: boolean;
  readonly ttlMs: number;
  readonly priority: number;
  readonly attempts: number;
  readonly leaseMs: number;
}

interface Take {
  readonly owner: string;
  readonly nonce: string;
  readonly deliveryLeaseMs: number;
}

export interface WantPick {
  readonly tenant: string;
  readonly queue: string;
  readonly max: number;
}

/** Which lease a command means: one not settled yet (it may have been reaped), any ever granted, or one that never was. */
export interface GrantPick {
  readonly from: 'open' | 'ever' | 'forged';
  readonly nth: number;
}

export interface SettlementPick extends GrantPick {
  readonly outcome: (typeof OUTCOMES)[number];
  readonly delayMs: number;
  readonly spend: boolean;
  readonly lost: boolean;
  readonly head: boolean;
  readonly corrupt: boolean;
  readonly reason: string;
  readonly resultBytes: number;
}

interface Sweep {
  readonly tenant: string;
  readonly limit: number;
}

interface Ids {
  readonly tenant: string;
  readonly ids: readonly string[];
  /** Whether jobs that are leased (to cancel) or dead (to revive or forget) are added. */
  readonly aimed: boolean;
}

interface Change {
  readonly tenant: string;
  /** '' is the tenant. */
  readonly queue: string;
  /** `expireTo` may be `*next`: the one queue that takes what expires in this one. */
  readonly set: QueueSettings;
  readonly clear: readonly SettingName[];
}

/** What one of several does, one command after the other; each is of the tenant, whatever it says. */
export interface Turn {
  readonly tenant: string;
  readonly commands: readonly Command[];
}
