import {
  ByteWriter,
  EXTEND_CODES,
  type ExtendCode,
  isToken,
  type LeaseRef,
  openAcks,
  type PackedAcks,
  packId,
  SETTLE_CODES,
  type SettleCode,
  type Settlement,
} from '@tiercel/protocol';
import { shardOf } from '@tiercel/store';
import { byShard, inRuns } from './by-shard.js';
import { each } from './codes.js';
import { joined } from './joined.js';
import type { ShardCaller } from './shard-caller.js';

type Extension = LeaseRef & { readonly leaseMs: number };

export function extend(caller: ShardCaller, shards: number, batch: readonly Extension[]): Promise<readonly ExtendCode[]> {
  return byShard(batch, shards, async (shard, items) => {
    const codes = (await caller.step('extend', shard, ...writeLeases(items, writeExtension))) as Buffer;
    return each(codes, (code) => EXTEND_CODES[code] as ExtendCode);
  });
}

export function settle(caller: ShardCaller, shards: number, batch: readonly Settlement[]): Promise<readonly SettleCode[]> {
  return byShard(batch, shards, (shard, items) => settleIn(caller, shard, items));
}

/** Of tenants of one shard. */
async function settleIn(caller: ShardCaller, shard: number, items: readonly Settlement[]): Promise<readonly SettleCode[]> {
  const codes = (await caller.step('settle', shard, ...writeLeases(items, writeSettlement))) as Buffer;
  return each(codes, (code) => SETTLE_CODES[code] as SettleCode);
}

/** Acknowledgements as they travel. */
export async function settlePacked(caller: ShardCaller, shards: number, acks: PackedAcks): Promise<readonly SettleCode[]> {
  const [first, ...others] = new Set(acks.runs.map(({ tenant }) => shardOf(tenant, shards)));
  if (first === undefined || others.length > 0) return settle(caller, shards, openAcks(acks));
  const codes = (await caller.step('settle', first, ...writeAcks(acks))) as Buffer;
  return each(codes, (code) => SETTLE_CODES[code] as SettleCode);
}

/** As `writeLeases`. */
export function writeAcks({ runs, count }: PackedAcks): [Buffer, Buffer] {
  const names = new ByteWriter(count * ID_BYTES + ID_BYTES);
  for (const { tenant, count, ids } of runs) names.name(tenant).u16(count).bytes(ids);
  return [names.finish(), joined(runs.map(({ items }) => items))];
}

/** First guesses at the sizes of a request. */
const ID_BYTES = 20;
const ITEM_BYTES = 32;
const NOTHING = new Uint8Array(0);
const ACK = 0;
const ACK_WITH_RESULT = 1;
const BURY = 2;
const BURY_CORRUPT = 3;
/** A release is this with the bits below it that hold. */
const RELEASE = 4;
const SPEND = 8;
const LOST = 16;
const TO_HEAD = 32;

/** The ids, in runs of one tenant; and the items in the same order: token, milliseconds, marks and a text. */
export function writeLeases<T extends LeaseRef>(items: readonly T[], write: (to: ByteWriter, item: T) => void): [Buffer, Buffer] {
  const names = new ByteWriter(items.length * ID_BYTES + ID_BYTES);
  const to = new ByteWriter(items.length * ITEM_BYTES);
  let countAt = 0;
  inRuns(items, (a, b) => a.tenant === b.tenant, {
    open({ tenant }) {
      countAt = names.name(tenant).length;
      names.u16(0);
    },
    item(item) {
      names.bytes8(packId(item.id));
      writeToken(to, item.token);
      write(to, item);
    },
    close: (count) => names.patch16(countAt, count),
  });
  return [names.finish(), to.finish()];
}

/** What is no token becomes zeros, which nobody was ever granted. */
function writeToken(to: ByteWriter, token: string): void {
  if (isToken(token)) to.hex(token);
  else to.zeros(12);
}

function writeExtension(to: ByteWriter, { leaseMs }: Extension): void {
  to.u48(leaseMs).u8(0).bytes32(NOTHING);
}

export function writeSettlement(to: ByteWriter, settlement: Settlement): void {
  if (settlement.outcome === 'ack') {
    to.u48(0)
      .u8(settlement.result ? ACK_WITH_RESULT : ACK)
      .bytes32(settlement.result ?? NOTHING);
  } else if (settlement.outcome === 'bury') {
    to.u48(0)
      .u8(settlement.corrupt ? BURY_CORRUPT : BURY)
      .bytes32(reasonBytes(settlement.reason));
  } else {
    const marks = RELEASE | (settlement.spend ? SPEND : 0) | (settlement.lost ? LOST : 0) | (settlement.head ? TO_HEAD : 0);
    to.u48(settlement.delayMs).u8(marks).bytes32(reasonBytes(settlement.reason));
  }
}

/** The record has a 16-bit length for it. Whoever calls has cut it to `LIMITS.reasonChars` already, so this never does. */
const MAX_REASON_BYTES = 65_535;

const reasonBytes = (reason: string): Uint8Array => (reason === '' ? NOTHING : Buffer.from(reason).subarray(0, MAX_REASON_BYTES));
