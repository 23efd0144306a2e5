import { crc32 } from 'node:zlib';
import type { Encoding } from './job.js';

/**
 * CRC-32 over what makes a job itself: id, tenant, queue, name, encoding and payload. Made by the client, verified by the worker, kept
 * by the storage; the broker does not compute it. Each name is followed by a newline, which none can hold, so the text is unambiguous.
 */
export function checksumOf(job: {
  readonly id: string;
  readonly tenant: string;
  readonly queue: string;
  readonly name: string;
  readonly encoding: Encoding;
  readonly payload: Uint8Array;
}): number {
  let crc = -1;
  crc = withLine(crc, job.id);
  crc = withLine(crc, job.tenant);
  crc = withLine(crc, job.queue);
  crc = withLine(crc, job.name);
  crc = withLine(crc, job.encoding);
  return crc32(job.payload, ~crc >>> 0);
}

const NEWLINE = 10;
const TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1; // the polynomial of zlib
  return crc;
});

/** Names are ASCII and short: to hand them to zlib costs more than to go through them here. */
function withLine(crc: number, name: string): number {
  let next = crc;
  for (let at = 0; at < name.length; at++) next = withByte(next, name.charCodeAt(at));
  return withByte(next, NEWLINE);
}

const withByte = (crc: number, byte: number): number => (TABLE[(crc ^ byte) & 255] as number) ^ (crc >>> 8);
