import type { SettleBatch } from './broker-protocol.js';
import { ByteReader, requireForm } from './byte-reader.js';
import type { ByteWriter } from './byte-writer.js';
import { packId, requireIds, unpackId } from './job-id.js';
import type { LeaseRef } from './lease.js';
import { LIMITS } from './limits.js';
import { isName } from './names.js';
import { type PackedRuns, packRuns, readRuns, writePart } from './packed-runs.js';
import type { Ack, Settlement } from './settlement.js';

/** Acknowledgements one after the other of one tenant. */
export interface AckRun {
  readonly tenant: string;
  readonly count: number;
  /** Each with its length, a byte, before it. */
  readonly ids: Uint8Array;
  /** Token (12), milliseconds (6, always 0), 1 when there is a result (1), and the result with its length (4) before it. */
  readonly items: Uint8Array;
}

/**
 * Settlements that are all acknowledgements, which most are, as they travel and as store-redis takes them: a broker looks them over and hands
 * them on. docs/protocol.md has the form.
 */
export type PackedAcks = PackedRuns<AckRun>;

const ACK = 0;
const ACK_WITH_RESULT = 1;
const TOKEN_BYTES = 12;
/** Of an item, up to its result. */
const ITEM_BYTES = TOKEN_BYTES + 6 + 1 + 4;
const ID_BYTES = 20;
const NOTHING = new Uint8Array(0);

export type AckSettlement = LeaseRef & Ack;

const areAcks = (settlements: readonly Settlement[]): settlements is readonly AckSettlement[] =>
  settlements.length > 0 && settlements.every(({ outcome }) => outcome === 'ack');

/** Settlements in the form that costs a broker least. */
export const settleBatch = (settlements: readonly Settlement[]): SettleBatch =>
  areAcks(settlements) ? { settlements: [], acks: packAcks(settlements) } : { settlements };

/** All settlements of a batch, in whatever form they came. */
export const settlementsOf = ({ settlements, acks }: SettleBatch): readonly Settlement[] =>
  acks ? [...settlements, ...openAcks(acks)] : settlements;

export function packAcks(acks: readonly AckSettlement[]): PackedAcks {
  const bytes = acks.reduce((sum, { result }) => sum + ID_BYTES + ITEM_BYTES + (result?.length ?? 0), 64);
  return packRuns(acks, bytes, (to, from) => packRun(to, acks, from));
}

function packRun(to: ByteWriter, acks: readonly AckSettlement[], from: number) {
  const { tenant } = acks[from] as AckSettlement;
  let end = from + 1;
  while (end < acks.length && (acks[end] as AckSettlement).tenant === tenant) end++;
  const count = end - from;
  to.name(tenant).u16(count);
  const ids = writePart(to, () => {
    for (let place = from; place < end; place++) to.bytes8(packId((acks[place] as AckSettlement).id));
  });
  const items = writePart(to, () => {
    for (let place = from; place < end; place++) writeItem(to, acks[place] as AckSettlement);
  });
  const made = (bytes: Buffer): AckRun => ({
    tenant,
    count,
    ids: bytes.subarray(ids.at, ids.end),
    items: bytes.subarray(items.at, items.end),
  });
  return { count, made };
}

function writeItem(to: ByteWriter, { token, result }: AckSettlement): void {
  to.hex(token)
    .u48(0)
    .u8(result ? ACK_WITH_RESULT : ACK)
    .bytes32(result ?? NOTHING);
}

/** Looks acknowledgements over that came from outside. Throws a RangeError that says what of them cannot be. */
export const readAcks = (bytes: Uint8Array): PackedAcks => readRuns(bytes, readRun);

function readRun(from: ByteReader): AckRun {
  const tenant = from.name();
  const count = from.u16();
  requireForm(isName(tenant), 'tenant');
  requireForm(count > 0, 'count');
  const ids = from.bytes(from.u32());
  requireIds(ids, count);
  const items = from.bytes(from.u32());
  lookOverItems(items, count);
  return { tenant, count, ids, items };
}

function lookOverItems(items: Buffer, count: number): void {
  let at = 0;
  for (let n = 0; n < count; n++) {
    requireForm(at + ITEM_BYTES <= items.length, 'items');
    const marks = items[at + ITEM_BYTES - 5] as number;
    const resultBytes = items.readUInt32BE(at + ITEM_BYTES - 4);
    requireForm(items.readUIntBE(at + TOKEN_BYTES, 6) === 0 && marks <= ACK_WITH_RESULT, 'items');
    requireForm(marks === ACK_WITH_RESULT ? resultBytes <= LIMITS.resultBytes : resultBytes === 0, 'result');
    at += ITEM_BYTES + resultBytes;
  }
  requireForm(at === items.length, 'items');
}

/** The settlements of what was looked over. */
export function openAcks({ runs }: PackedAcks): AckSettlement[] {
  return runs.flatMap(({ tenant, count, ids, items }) => {
    const fromIds = new ByteReader(ids);
    const fromItems = new ByteReader(items);
    return Array.from({ length: count }, () => openAck(tenant, unpackId(fromIds.bytes(fromIds.u8())), fromItems));
  });
}

function openAck(tenant: string, id: string, from: ByteReader): AckSettlement {
  const token = from.hex(TOKEN_BYTES);
  from.skip(6);
  const marks = from.u8();
  const result = from.plain(from.u32());
  return marks === ACK_WITH_RESULT ? { tenant, id, token, outcome: 'ack', result } : { tenant, id, token, outcome: 'ack' };
}
