import { crc32 } from 'node:zlib';
import type { Encoding } from './job.js';

/**
 * CRC-32 over what makes a job itself: id, tenant, queue, name, encoding and payload. Made by the client, verified by the worker, kept
 * by the storage; the broker does not compute it. Names cannot hold a newline, so the joined text is unambiguous.
 */
export function checksumOf(job: {
  readonly id: string;
  readonly tenant: string;
  readonly queue: string;
  readonly name: string;
  readonly encoding: Encoding;
  readonly payload: Uint8Array;
}): number {
  return crc32(job.payload, crc32(`${job.id}\n${job.tenant}\n${job.queue}\n${job.name}\n${job.encoding}\n`));
}
