import { isDeepStrictEqual } from 'node:util';
import { crc32 } from 'node:zlib';
import { membersOf } from '@tiercel/kestrel';
import { checksumOf, DEFAULTS, decodeData, decodeName, encodeName, fail, isJobName, isName } from '@tiercel/protocol';
import { HEAD_LENGTH, headOf, jobOf, readEnvelope, writeEnvelope } from './envelope.js';
import { type Form, ifLater, type Place, requirePortable } from './form.js';
import type { StoredJob } from './stored-job.js';

/** What an item gets that does not say. */
interface Ids {
  newId(): string;
  now(): number;
}

const OPENING = 0x7b;
const CLOSING = 0x7d;
const SUFFIX: Readonly<Record<Place, string>> = { ready: '', dead: '_dead', quarantine: '_quarantine' };
/** Ends of names that are no queues: `tiercel consume` puts its failed jobs beside them too. */
const BESIDE = /_(dead|quarantine|errors|later)$/;

/**
 * `<namespace>_<queue>` for all tenants together, and items `{"instance", "jobName", "data"}` as others write and read them. What else is known of a job stands in a
 * member `tiercel`, a list that begins with its CRC-32, before `data`. A job whose data are no JSON is an envelope there as well.
 */
export function sharedForm(namespace: string, ids: Ids): Form {
  const prefix = `${namespace}_`;
  const queueOf = (name: string) => {
    const queue = name.startsWith(prefix) ? name.slice(prefix.length) : undefined;
    return isName(queue) && !BESIDE.test(queue) ? queue : undefined;
  };
  return {
    mixed: true,
    nameOf({ queue }, place = 'ready') {
      if (BESIDE.test(queue))
        fail('BAD_NAME', { kind: 'queue', got: queue, expected: 'no end _dead, _quarantine, _errors or _later' });
      return `${requirePortable(`${prefix}${queue}`)}${SUFFIX[place]}`;
    },
    laterOf: (step) => `${prefix}${step}_later`,
    asideOf: (name) => `${name}${SUFFIX.quarantine}`,
    pairOf(name) {
      const queue = queueOf(name);
      return queue === undefined ? undefined : { tenant: '', queue };
    },
    write(job) {
      const fit = asJson(job);
      return fit ? writeArticle(fit) : writeEnvelope(job);
    },
    read(item, name) {
      const queue = queueOf(name);
      if (queue === undefined) return undefined;
      const job = readEnvelope(item) ?? readArticle(item, queue, ids);
      return job?.queue === queue ? job : undefined;
    },
    readLater: (item) => ifLater(readEnvelope(item) ?? readArticle(item, '', ids)),
  };
}

/** The same job with its data as JSON; `undefined` when that would be something else. */
function asJson(job: StoredJob): StoredJob | undefined {
  if (job.encoding === 'raw') return undefined;
  if (job.payload.length === 0) return job.encoding === 'json' ? job : undefined;
  try {
    const data = decodeData(job.payload, job.encoding);
    if (job.encoding === 'json') return job;
    const payload = Buffer.from(JSON.stringify(data));
    if (!isDeepStrictEqual(JSON.parse(payload.toString()), data)) return undefined;
    const fit = { ...job, encoding: 'json' as const, payload };
    return { ...fit, checksum: checksumOf({ ...fit, queue: job.originQueue }) };
  } catch {
    return undefined; // dates and bytes are no JSON; and what is broken stays as it is, for the worker to find
  }
}

/** The payload stands at the end as it is, so that it is found again byte for byte. */
function writeArticle(job: StoredJob): Uint8Array {
  const [instance, head] = [decodeName(job.tenant), headOf(job)];
  const members = { instance, jobName: job.name, tiercel: [sumOf(instance, job.name, head), ...head] };
  const open = Buffer.from(JSON.stringify(members).slice(0, -1));
  const data = job.payload.length > 0 ? [Buffer.from(',"data":'), job.payload] : [];
  return Buffer.concat([open, ...data, Uint8Array.of(CLOSING)]);
}

const sumOf = (instance: string, name: string, head: readonly unknown[]): number => crc32(JSON.stringify([instance, name, head]));

function readArticle(item: Uint8Array, queue: string, ids: Ids): StoredJob | undefined {
  if (item[0] !== OPENING || item.at(-1) !== CLOSING) return undefined;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(item);
    const { instance, jobName, data: _, tiercel, ...others } = JSON.parse(text) as Record<string, unknown>;
    if (Object.values(others).some(isHead)) return undefined; // the name of it was damaged
    if (typeof instance !== 'string' || instance === '' || !isJobName(jobName)) return undefined;
    const tenant = encodeName(instance);
    if (Array.isArray(tiercel)) {
      const [sum, ...head] = tiercel as readonly unknown[];
      return sum === sumOf(instance, jobName, head) ? ownJob(item, head, { tenant, name: jobName }) : undefined;
    }
    const said = (membersOf(text) ?? []).filter(({ key }) => key === 'data');
    if (said.length > 1) return undefined;
    const payload = new Uint8Array(Buffer.from(said[0]?.value ?? ''));
    return foreignJob({ tenant, queue, name: jobName, payload }, ids);
  } catch {
    return undefined; // no JSON, no UTF-8, or no name
  }
}

const isHead = (value: unknown): boolean => Array.isArray(value) && value.length > HEAD_LENGTH;

function ownJob(item: Uint8Array, head: readonly unknown[], { tenant, name }: { readonly tenant: string; readonly name: string }) {
  const bytes = Number(head.at(-1));
  const job = jobOf(head, new Uint8Array(item.subarray(item.length - 1 - bytes, item.length - 1)));
  return job?.tenant === tenant && job.name === name ? job : undefined;
}

/** Somebody else made it, so it has neither an id nor a checksum that could be wrong. */
function foreignJob(said: Pick<StoredJob, 'tenant' | 'queue' | 'name' | 'payload'>, ids: Ids): StoredJob {
  const job = { ...said, id: ids.newId(), encoding: 'json' as const };
  const { attempts, leaseMs, timeoutMs, backoffMs, backoffMaxMs } = DEFAULTS;
  return {
    ...job,
    ...{ attempts, leaseMs, timeoutMs, backoffMs, backoffMaxMs },
    ...{ checksum: checksumOf(job), originQueue: said.queue, createdAtMs: ids.now(), expiresAtMs: 0 },
    ...{ attempt: 0, spent: 0, undelivered: 0, lostLeases: 0, reason: '', dueAtMs: 0 },
  };
}
