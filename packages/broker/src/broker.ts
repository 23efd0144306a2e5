import type { Actor, ActorSystem, Clock, Exit, Log, Ref } from '@tiercel/actors';
import {
  BROKER_GROUP,
  type BrokerProtocol,
  brokerCodec,
  everyTenant,
  type HeldProtocol,
  heldCodec,
  heldPath,
  type SysProtocol,
  sysCodec,
  sysPath,
} from '@tiercel/protocol';
import type { JobStore } from '@tiercel/store';
import { type Bounds, DEFAULT_BOUNDS } from './bounds.js';
import { type FairShareProtocol, fairShare, type Hint } from './fair-share.js';
import { type DeskObserver, frontDesk } from './front-desk.js';
import { heldDesk } from './held-desk.js';
import { leasesOf } from './holders.js';
import { leasesEnd } from './leases-end.js';
import { Membership } from './membership.js';
import { Nonce } from './nonce.js';
import { type NudgerProtocol, nudger } from './nudger.js';
import { type ScrubberProtocol, scrubber } from './scrubber.js';
import { type SweeperProtocol, sweeper } from './sweeper.js';

export interface BrokerOptions {
  /** The system the broker lives in; its transport is where it serves. */
  readonly system: ActorSystem;
  readonly store: JobStore;
  readonly namespace: string;
  /** Tells this broker from the others of the installation. */
  readonly name: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly bounds?: Partial<Bounds>;
  readonly observe?: DeskObserver;
}

export interface Broker {
  /** Whether it is in the queue group, so that requests come to it. */
  readonly serving: boolean;
  /** Leaves the queue group and answers parked reserves, so that callers go to another broker. */
  drain(): Promise<void>;
  /**
   * Drains, waits (`heldMs` at most) for leases that end with the store's opening, then ends the actors. The store is left to whoever opened it.
   */
  stop(): Promise<void>;
  /** Ends when the broker has failed past its restart budget. */
  readonly ended: Promise<Exit>;
}

const RESTARTS = { strategy: 'one_for_one', maxRestarts: 10, withinMs: 60_000, backoff: { baseMs: 50, maxMs: 2_000 } } as const;
const DESK_TURNS = 4_096;
const DESK_MAILBOX = 4_096;
const SHARE_MAILBOX = 100_000;

interface Kids {
  readonly nudger: Ref<NudgerProtocol>;
  readonly share: Ref<FairShareProtocol>;
  readonly sweeper: Ref<SweeperProtocol>;
  readonly scrubber: Ref<ScrubberProtocol>;
  readonly desk: Ref<BrokerProtocol>;
  readonly held: Ref<HeldProtocol>;
  readonly sys: Ref<SysProtocol>;
}

/** What `createBroker` needs of the actors it started. */
interface Inside {
  readonly desk: Ref<BrokerProtocol>;
  readonly sys: Ref<SysProtocol>;
  readonly share: Ref<FairShareProtocol>;
  readonly held: Ref<HeldProtocol>;
  /** Where leases that only this broker can end are asked for; none where any can. */
  readonly nonces: ReadonlySet<string>;
}

/** Starts a broker: the front desk, the fair share, the sweeper, the scrubber and the nudger under one supervisor, served to every tenant. */
export async function createBroker(options: BrokerOptions): Promise<Broker> {
  const { system, store, namespace, clock, log } = options;
  const bounds = { ...DEFAULT_BOUNDS, ...options.bounds };
  let begin: (inside: Inside) => void = () => {};
  const begun = new Promise<Inside>((resolve) => {
    begin = resolve;
  });
  const membership = new Membership({
    clock,
    log,
    storeDownMs: bounds.storeDownMs,
    serve: async () => system.serve(everyTenant(namespace), (await begun).desk, brokerCodec, { group: BROKER_GROUP }),
  });
  const root = system.spawn({ name: 'broker', actor: brokerActor(options, bounds, membership, begin) });
  const inside = await begun;
  const unserve = await Promise.all([
    ...['brokers', 'presence'].map((what) => system.serve(sysPath(namespace, what), inside.sys, sysCodec)),
    ...Array.from(inside.nonces, (nonce) => system.serve(heldPath(namespace, nonce), inside.held, heldCodec)),
  ]);
  await membership.join();

  async function drain(): Promise<void> {
    await membership.leave();
    inside.share.tell('empty', null);
  }

  return {
    get serving() {
      return membership.joined;
    },
    drain,
    async stop() {
      await drain();
      if (inside.nonces.size > 0) await leasesEnd(store, { clock, waitMs: bounds.heldMs });
      await Promise.all(unserve.map((undo) => undo()));
      await root.stop();
    },
    ended: root.ended,
  };
}

/** The supervisor of a broker's actors. Refs among them are read when an actor begins, and stay valid across restarts. */
const brokerActor =
  (options: BrokerOptions, bounds: Bounds, membership: Membership, begin: (inside: Inside) => void): Actor<Record<never, never>> =>
  (ctx) => {
    const { store, system, namespace, name, log, observe } = options;
    const storeAnswered = (error?: unknown) => membership.storeAnswered(error);
    const spread = (pairs: Hint): void => void kids.nudger.tell('spread', pairs);
    const found = (pairs: Hint): void => {
      kids.share.tell('hint', pairs);
      spread(pairs);
    };
    const nonce = new Nonce(store, ctx.random);
    const nonces = new Set(
      store.capabilities.sharedLeases ? [] : Array.from({ length: store.shards }, (_, shard) => nonce.of(shard)),
    );
    const leases = leasesOf({ store, system, namespace, own: nonces, bounds });
    const swept = (shard: number, quiet: boolean): void => void kids.scrubber.tell('swept', { shard, quiet });
    const kids: Kids = ctx.supervise(RESTARTS, {
      nudger: { name: 'nudger', actor: nudger(name, system.ref<SysProtocol>(sysPath(namespace, 'brokers'), sysCodec)) },
      share: { name: 'fair-share', actor: fairShare({ store, bounds, nonce, storeAnswered }), mailbox: SHARE_MAILBOX },
      sweeper: { name: 'sweeper', actor: sweeper({ store, bounds, storeAnswered, found, swept }) },
      scrubber: { name: 'scrubber', actor: scrubber({ store, bounds, log: log.child({ component: 'scrubber' }), storeAnswered }) },
      desk: {
        name: 'front-desk',
        actor: (desk) =>
          frontDesk({ store, leases, bounds, fairShare: kids.share, sweeper: kids.sweeper, storeAnswered, spread, observe })(desk),
        turns: DESK_TURNS,
        mailbox: DESK_MAILBOX,
      },
      held: {
        name: 'held-desk',
        actor: (desk) => heldDesk({ store, sweeper: kids.sweeper, storeAnswered })(desk),
        turns: DESK_TURNS,
        mailbox: DESK_MAILBOX,
      },
      sys: { name: 'sys', actor: ((own) => sysActor(name, kids.share, kids.sweeper)(own)) as Actor<SysProtocol> },
    });
    begin({ desk: kids.desk, sys: kids.sys, share: kids.share, held: kids.held, nonces });
    return {};
  };

/** What brokers tell one another, and what a supervisor tells them. All of it hints. */
const sysActor =
  (name: string, share: Ref<FairShareProtocol>, sweep: Ref<SweeperProtocol>): Actor<SysProtocol> =>
  () => ({
    nudge({ from, pairs }) {
      if (from === name) return;
      share.tell(
        'hint',
        pairs.map(([tenant, queue]) => [tenant, queue, undefined] as const),
      );
    },
    gone({ owner, reason }) {
      share.tell('gone', owner);
      sweep.tell('gone', { owner, reason });
    },
    /** Instances are the names under which workers hold leases. */
    alive({ instance, stopping }) {
      if (stopping) share.tell('gone', instance);
    },
  });
