import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Log, silentLog } from '@tiercel/actors';
import type { StoreEvent, StoreStatus } from '@tiercel/store';
import { aJob } from '@tiercel/store/testing';
import { expect, onTestFinished, test } from 'vitest';
import { openStore } from './index.js';
import { logStoreEvents } from './store-events.js';

const common = { namespace: 'test', shards: 1, log: silentLog };
const STATUS: StoreStatus = { durability: 'process-crash', epoch: 2, engine: 'redis 7.0.15', unknown: [], clockJumpMs: 0 };

test('a storage that keeps less than is required is refused, and the line says both', async () => {
  const refused = openStore({ ...common, url: 'memory:', requireDurability: 'process-crash' });

  await expect(refused).rejects.toMatchObject({ code: 'STORAGE_UNFIT', facts: { durability: 'memory' } });
  await expect(refused).rejects.toThrow('=process-crash');
  expect((await openStore({ ...common, url: 'memory:', requireDurability: 'memory' })).status.durability).toBe('memory');
});

test('in one directory each namespace has its own jobs', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'tiercel-'));
  const open = (namespace: string) => openStore({ ...common, namespace, url: `lmdb:${directory}/jobs` });
  const [one, other] = [await open('one'), await open('other')];
  onTestFinished(() => Promise.all([one.close(), other.close()]).then(() => rm(directory, { recursive: true })));

  await one.enqueue([aJob()]);

  expect(await one.queues(aJob().tenant)).toHaveLength(1);
  expect(await other.queues(aJob().tenant)).toEqual([]);
});

test('which engine it is is said once', async () => {
  const lines: unknown[] = [];
  const log: Log = { ...silentLog, info: (facts, message) => void lines.push([message, facts]), child: () => log };

  await openStore({ ...common, url: 'memory:', log });

  expect(lines).toEqual([['storage engine found', { engine: 'memory', durability: 'memory', epoch: 1, unknown: [] }]]);
});

test('a kind of storage that nobody knows is refused without its credentials', async () => {
  await expect(openStore({ ...common, url: 'mysql://user:hunter2@host' })).rejects.toThrow(
    /^BAD_CONFIG: (?!.*hunter2).*got mysql:/,
  );
});

const engine = { engine: 'redis 7.0.15', durability: 'process-crash', epoch: 2 };
test.each<[StoreEvent, level: keyof Log, message: string, facts: object]>([
  [{ kind: 'engine', status: STATUS }, 'info', 'storage engine found', { ...engine, unknown: [] }],
  [
    { kind: 'engine', status: { ...STATUS, unknown: ['eviction'] } },
    'warn',
    'storage engine found',
    { ...engine, unknown: ['eviction'] },
  ],
  [{ kind: 'unfit', reason: 'it evicts' }, 'error', 'storage unfit', { reason: 'it evicts' }],
  [{ kind: 'clock-jump', byMs: -5_000 }, 'warn', 'storage clock jumped', { byMs: -5_000 }],
  [
    { kind: 'quarantined', tenant: 'acme', id: 'a', reason: 'CORRUPT: x' },
    'error',
    'record quarantined',
    { tenant: 'acme', jobId: 'a', reason: 'CORRUPT: x' },
  ],
  [{ kind: 'full', freeBytes: 7 }, 'error', 'storage full, nothing more is taken', { freeBytes: 7 }],
  [{ kind: 'room', freeBytes: 7 }, 'info', 'storage has room again', { freeBytes: 7 }],
])('%o is one line', (event, ...expected) => {
  const lines: unknown[] = [];
  const write = (level: string) => (facts: object, message: string) => void lines.push([level, message, facts]);
  const log: Log = { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error'), child: () => log };

  logStoreEvents(log)(event);

  expect(lines).toEqual([expected]);
});
