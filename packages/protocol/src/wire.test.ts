import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { brokerMessages, sysMessages } from './arbitraries.test.kit.js';
import { checksumOf } from './checksum.js';
import { brokerCodec, sysCodec } from './codec.js';
import { ERRORS } from './errors.js';
import { AS_QUEUE } from './job.js';
import type { LeasedJob } from './lease.js';
import { openAcks, readAcks } from './packed-acks.js';
import { openBatch, packBatch, readBatch } from './packed-batch.js';
import { openJobs, packJobs } from './packed-jobs.js';
import { decodeData, encodeData } from './payload.js';

const text = readFileSync(new URL('../../../docs/protocol.md', import.meta.url), 'utf8');

interface AnyShape {
  encode(value: unknown): Uint8Array;
}

/** Fields by the heading their table stands under, in the order of the table. */
function tablesOf(markdown: string): Map<string, string[]> {
  const tables = new Map<string, string[]>();
  let fields: string[] = [];
  for (const line of markdown.split('\n')) {
    const heading = /^#/.test(line) ? (/^#### `([^`]+)`/.exec(line)?.[1] ?? '') : undefined;
    if (heading !== undefined) {
      fields = [];
      tables.set(heading, fields);
    }
    const row = /^\| (\d+) \| `([^`]+)` \|/.exec(line);
    if (row) fields[Number(row[1])] = row[2]!;
  }
  return tables;
}

/** Which fields an encoder reads of which part of a value, in order. */
function fieldsRead(what: string, shape: AnyShape, values: fc.Arbitrary<unknown>): Map<string, Set<string>> {
  const read = new Map<string, Set<string>>();
  const watched = (value: unknown, path: string): unknown => {
    if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
    if (Array.isArray(value)) return value.map((item) => watched(item, `${path}[]`));
    const seen = read.get(path) ?? new Set();
    read.set(path, seen);
    return new Proxy(value, {
      get(target, field: string) {
        seen.add(field);
        return watched(target[field as keyof object], `${path}.${field}`);
      },
    });
  };
  for (const value of fc.sample(values, { seed: 5, numRuns: 30 })) shape.encode(watched(value, what));
  return read;
}

const parts = [
  ...Object.entries(brokerMessages).flatMap(([verb, { body, reply }]) => {
    const shapes = brokerCodec[verb as keyof typeof brokerCodec] as unknown as { body: AnyShape; reply: AnyShape };
    const asked = [...fieldsRead(`${verb}.body`, shapes.body, body)];
    // jobs travel packed, which has an example of its own
    return verb === 'reserve' ? asked : [...asked, ...fieldsRead(`${verb}.reply`, shapes.reply, reply)];
  }),
  ...Object.entries(sysMessages).flatMap(([kind, body]) => [
    ...fieldsRead(`${kind}.body`, sysCodec[kind as keyof typeof sysCodec].body as AnyShape, body as fc.Arbitrary<unknown>),
  ]),
];
/** Shapes that the page describes once for several places. */
const SAME = new Map([
  ['reserve.body.settlements[]', 'settle.body.settlements[]'],
  ['list.reply.jobs[]', 'find.reply.jobs[]'],
  ['forget.body', 'cancel.body'],
  ['forget.reply', 'cancel.reply'],
  ['forget.reply.verdicts[]', 'cancel.reply.verdicts[]'],
  ['revive.body', 'cancel.body'],
  ['revive.reply', 'cancel.reply'],
  ['revive.reply.verdicts[]', 'cancel.reply.verdicts[]'],
  ['settings.reply.settings[].settings', 'control.body.set'],
]);
const tables = tablesOf(text);

test.each(parts)('docs/protocol.md has the fields of %s in their order', (part, fields) => {
  expect(tables.get(SAME.get(part) ?? part)).toEqual([...fields]);
});

test('docs/protocol.md has every error code, and says which may be repeated', () => {
  for (const [code, { retryable, sentence }] of Object.entries(ERRORS))
    expect(text).toContain(`| \`${code}\` | ${retryable ? 'yes' : 'no'} | ${sentence} |`);
});

test('the example of docs/protocol.md is what it says', () => {
  const { jobs } = brokerCodec.enqueue.body.decode(hex('enqueue.body'));
  expect(jobs).toMatchObject([{ id: 'a', queue: 'q', name: 'N', attempts: AS_QUEUE, priority: 5, leaseMs: AS_QUEUE }]);
  expect(decodeData(jobs[0]!.payload)).toEqual({});
  expect(jobs[0]!.checksum).toBe(checksumOf({ ...jobs[0]!, tenant: 'acme' }));
  expect(brokerCodec.enqueue.body.encode({ jobs })).toEqual(hex('enqueue.body'));

  const [frame, ...reply] = hex('enqueue.reply');
  expect(frame).toBe(0);
  expect(brokerCodec.enqueue.reply.decode(Uint8Array.from(reply))).toEqual({
    verdicts: [{ code: 'OK', state: 'ready' }],
    durability: 'power-loss',
  });
});

test('the packed job of docs/protocol.md is what it says', () => {
  const given = {
    tenant: 'acme',
    queue: 'q',
    id: 'a',
    name: 'N',
    encoding: 'msgpack',
    payload: Uint8Array.from(encodeData({})),
  } as const;
  const packed = hex('reserve.packed');

  const jobs = openJobs(packed);

  expect(jobs).toMatchObject([{ ...given, originQueue: 'q', attempt: 1, spent: 0, lostLeases: 0, attempts: 5, leaseMs: 30_000 }]);
  expect(jobs[0]!.checksum).toBe(checksumOf(given));
  expect(Buffer.from(packJobs(jobs).bytes).equals(packed)).toBe(true);
});

test('the packed batch of docs/protocol.md is the job of the example', () => {
  const { jobs } = brokerCodec.enqueue.body.decode(hex('enqueue.body'));

  expect(hex('enqueue.packed').equals(packBatch(jobs).bytes)).toBe(true);
  expect(openBatch(readBatch(hex('enqueue.packed')))).toMatchObject([
    { id: 'a', queue: 'q', name: 'N', checksum: jobs[0]!.checksum },
  ]);
});

test('the packed acknowledgement of docs/protocol.md is one of the job that is handed out there', () => {
  const [{ tenant, id, token }] = openJobs(hex('reserve.packed')) as [LeasedJob];

  expect(openAcks(readAcks(hex('settle.acks')))).toEqual([{ tenant, id, token, outcome: 'ack' }]);
});

function hex(what: string): Buffer {
  const [, bytes = ''] = new RegExp(`\`\`\`hex ${what}\\n([0-9a-f ]+)\\n`).exec(text) ?? [];
  return Buffer.from(bytes.replaceAll(' ', ''), 'hex');
}
