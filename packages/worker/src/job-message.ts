import type { LeasedJob } from '@tiercel/protocol';

/** Jobs as one message between threads: a short row for each, and all payloads in one buffer that is transferred, not copied again. */
export interface JobMessage {
  readonly rows: readonly Row[];
  readonly payloads: ArrayBuffer;
}

type Row = readonly unknown[];

const FIELDS = [
  'tenant',
  'id',
  'token',
  'queue',
  'name',
  'encoding',
  'checksum',
  'originQueue',
  'attempt',
  'spent',
  'attempts',
  'lostLeases',
  'leaseMs',
  'timeoutMs',
  'backoffMs',
  'backoffMaxMs',
  'createdAtMs',
] as const satisfies readonly (keyof LeasedJob)[];

export function packJobs(jobs: readonly LeasedJob[]): JobMessage {
  const payloads = new Uint8Array(jobs.reduce((bytes, job) => bytes + job.payload.length, 0));
  let at = 0;
  const rows = jobs.map((job) => {
    payloads.set(job.payload, at);
    at += job.payload.length;
    return [job.payload.length, ...FIELDS.map((field) => job[field])];
  });
  return { rows, payloads: payloads.buffer };
}

export function unpackJobs({ rows, payloads }: JobMessage): readonly LeasedJob[] {
  let at = 0;
  return rows.map(([length, ...values]) => {
    const job: Record<string, unknown> = { payload: new Uint8Array(payloads, at, length as number) };
    at += length as number;
    for (let place = 0; place < FIELDS.length; place++) job[FIELDS[place] as string] = values[place];
    return job as unknown as LeasedJob;
  });
}
