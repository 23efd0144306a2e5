import { ByteReader, ByteWriter, type LeasedJob, openJobs, type PackedJobs } from '@tiercel/protocol';
import type { Reserved, ReserveRequest } from '@tiercel/store';
import type { ShardCaller } from './shard-caller.js';

export async function reserve(caller: ShardCaller, request: ReserveRequest): Promise<Reserved> {
  const reply = await caller.step('reserve', request.shard, writeRequest(request));
  return readReply(reply as Buffer[], request.wants.length);
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

function readReply([front, ...pieces]: readonly Buffer[], wants: number): Reserved {
  const from = new ByteReader(front as Buffer);
  const left = Array.from({ length: wants }, () => from.u32());
  const payloadBytes = from.u32();
  const count = from.u16();
  if (count === 0) return { jobs: [], left };
  return new Granted({ count, payloadBytes, bytes: pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces) }, left);
}

/** Opened when somebody looks; a broker does not. */
class Granted implements Reserved {
  readonly packed: PackedJobs;
  readonly left: readonly number[];
  #jobs: readonly LeasedJob[] | undefined;

  constructor(packed: PackedJobs, left: readonly number[]) {
    this.packed = packed;
    this.left = left;
  }

  get jobs(): readonly LeasedJob[] {
    this.#jobs ??= openJobs(this.packed.bytes);
    return this.#jobs;
  }
}
