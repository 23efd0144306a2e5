import { checksumOf, codeOf, decodeData, type LeasedJob, NO_CHECKSUM } from '@tiercel/protocol';

/** Why a job cannot be handed over. */
export interface Flaw {
  readonly reason: string;
  /** It is not what its producer made. */
  readonly corrupt: boolean;
}

/** As a worker looks at a job before it performs it. */
export function flawOf(job: LeasedJob): Flaw | undefined {
  const { id, tenant, originQueue: queue, name, encoding, payload, checksum } = job;
  if (checksum === NO_CHECKSUM) return { reason: 'CORRUPT: the record cannot be read', corrupt: true };
  if (checksumOf({ id, tenant, queue, name, encoding, payload }) !== checksum)
    return { reason: 'CORRUPT: the payload does not match the checksum its producer made', corrupt: true };
  return encoding === 'msgpack' ? unreadable(payload) : undefined;
}

function unreadable(payload: Uint8Array): Flaw | undefined {
  try {
    decodeData(payload);
    return undefined;
  } catch (error) {
    return { reason: `${codeOf(error)}: the payload cannot be read`, corrupt: false };
  }
}
