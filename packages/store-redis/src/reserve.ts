import { codeOf, type LeasedJob, type LeaseRef } from '@tiercel/protocol';
import type { Reserved, ReserveRequest } from '@tiercel/store';
import { ByteReader } from './byte-reader.js';
import { ByteWriter } from './byte-writer.js';
import { unpackId } from './job-id.js';
import { settleIn } from './lease.js';
import { hasApart, leasedOf, type QueueTerms, tokenOf } from './record.js';
import type { ShardCaller } from './shard-caller.js';

export async function reserve(caller: ShardCaller, request: ReserveRequest): Promise<Reserved> {
  const reply = await caller.step('reserve', request.shard, writeRequest(request));
  const { corrupt, ...reserved } = readReply(reply as Buffer[], request);
  if (corrupt.length > 0) await setAside(caller, request.shard, corrupt);
  return reserved;
}

/** What Redis could read and we cannot is not handed out, and keeps nobody else from his jobs. */
async function setAside(caller: ShardCaller, shard: number, leases: readonly LeaseRef[]): Promise<void> {
  const reason = 'CORRUPT: the record cannot be read';
  try {
    await settleIn(
      caller,
      shard,
      leases.map((lease) => ({ ...lease, outcome: 'bury', corrupt: true, reason })),
    );
  } catch {
    // Its lease will end, and whoever reserves it then tries again; the others were granted all the same.
  }
}

const MAX_U16 = 65_535;

function writeRequest({ wants, max, maxBytes, deliveryLeaseMs, owner, nonce }: ReserveRequest): Buffer {
  const to = new ByteWriter(256);
  to.u16(clamp(max)).u48(maxBytes).u48(deliveryLeaseMs);
  to.bytes16(Buffer.from(owner)).bytes(Buffer.from(nonce, 'hex')).u16(wants.length);
  for (const want of wants) to.name(want.tenant).name(want.queue).u16(clamp(want.max));
  return to.finish();
}

const clamp = (count: number): number => Math.max(0, Math.min(count, MAX_U16));

function readReply(
  [front, ...items]: readonly Buffer[],
  { wants }: ReserveRequest,
): Reserved & { readonly corrupt: readonly LeaseRef[] } {
  const from = new ByteReader(front as Buffer);
  const served = wants.map(() => ({ left: from.u32(), granted: from.u16(), attempts: from.u16(), leaseMs: from.u32() }));
  const jobs: LeasedJob[] = [];
  const corrupt: LeaseRef[] = [];
  let at = 0;
  wants.forEach(({ tenant }, n) => {
    const { granted, ...terms } = served[n]!;
    for (let count = granted; count > 0; count--) {
      const id = unpackId(from.bytes(from.u8()));
      const record = items[at++] as Buffer;
      const payload = hasApart(record) ? items[at++] : undefined;
      const job = leasedUnlessCorrupt(record, payload, tenant, id, terms);
      if (job) jobs.push(job);
      else corrupt.push({ tenant, id, token: tokenOf(record) });
    }
  });
  return { jobs, left: served.map(({ left }) => left), corrupt };
}

function leasedUnlessCorrupt(
  record: Buffer,
  payload: Buffer | undefined,
  tenant: string,
  id: string,
  terms: QueueTerms,
): LeasedJob | undefined {
  try {
    return leasedOf(record, payload, tenant, id, terms);
  } catch (error) {
    if (codeOf(error) === 'CORRUPT') return undefined;
    throw error;
  }
}
