import { codeOf, type LeasedJob } from '@tiercel/protocol';
import type { Reserved, ReserveRequest } from '@tiercel/store';
import { ByteReader } from './byte-reader.js';
import { ByteWriter } from './byte-writer.js';
import { unpackId } from './job-id.js';
import { hasApart, leasedOf, type QueueTerms } from './record.js';
import type { ShardCaller } from './shard-caller.js';

export async function reserve(caller: ShardCaller, request: ReserveRequest): Promise<Reserved> {
  const reply = await caller.step('reserve', request.shard, writeRequest(request));
  return readReply(reply as Buffer[], request);
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

function readReply([front, ...items]: readonly Buffer[], { wants }: ReserveRequest): Reserved {
  const from = new ByteReader(front as Buffer);
  const served = wants.map(() => ({ left: from.u32(), granted: from.u16(), attempts: from.u16(), leaseMs: from.u32() }));
  const jobs: LeasedJob[] = [];
  let at = 0;
  wants.forEach(({ tenant }, n) => {
    const { granted, ...terms } = served[n]!;
    for (let count = granted; count > 0; count--) {
      const id = unpackId(from.bytes(from.u8()));
      const record = items[at++] as Buffer;
      const payload = hasApart(record) ? items[at++] : undefined;
      const job = leasedUnlessCorrupt(record, payload, tenant, id, terms);
      if (job) jobs.push(job);
    }
  });
  return { jobs, left: served.map(({ left }) => left) };
}

/** What cannot be read is not handed out, and keeps nobody else from his jobs: it comes back as undelivered until it is dead. */
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
