import { execFile, execFileSync } from 'node:child_process';
import { access, mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { realClock } from '@tiercel/actors';
import type { JobStore, StoreEvent } from '@tiercel/store';
import { expect, onTestFinished, test } from 'vitest';
import { freeBytesOf } from './disk.js';
import { drain, fill, PAYLOAD, RETENTION, readyIn } from './full.test.kit.js';
import { LmdbJournal } from './journal.js';
import { aDirectory, openStore, refusal, someJobs, TENANT } from './lmdb.test.kit.js';
import type { Machine } from './open-lmdb-store.js';

const MIB = 1_024 * 1_024;
const PATIENT = { timeout: 60_000 };

/** A disk of its own for a test; `undefined` where this user may not mount one. */
async function aDisk(bytes: number): Promise<string | undefined> {
  const disk = join(await aDirectory(), 'disk');
  await mkdir(disk);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', disk], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  onTestFinished(() => void execFileSync('umount', ['-l', disk]));
  return disk;
}

interface Situation {
  readonly diskBytes: number;
  readonly reserveBytes: number;
  readonly machine?: Machine;
}

/** A store alone on a small disk, or a test that is skipped. */
async function setup({ diskBytes, reserveBytes, machine }: Situation, skip: (note: string) => never) {
  const disk = (await aDisk(diskBytes)) ?? skip('this user may not mount a disk');
  const [path, events, waiting] = [join(disk, 'store'), [] as StoreEvent[], new Map<string, () => void>()];
  const onEvent = (event: StoreEvent) => {
    events.push(event);
    waiting.get(event.kind)?.();
  };
  const store = await openStore({ path, reserveBytes, retention: RETENTION, onEvent }, machine);
  return {
    disk,
    path,
    store,
    events,
    event: (kind: StoreEvent['kind']) => new Promise<void>((resolve) => waiting.set(kind, resolve)),
  };
}

async function statesOf(store: JobStore, ids: readonly string[]): Promise<Set<string | undefined>> {
  return new Set((await store.find(TENANT, ids, { payload: false })).map((job) => job?.state));
}

test(
  'a disk that fills is refused before it is full; what is there can be performed, and then there is room',
  PATIENT,
  async ({ skip }) => {
    const { store, events } = await setup({ diskBytes: 32 * MIB, reserveBytes: 8 * MIB }, skip);

    const { acknowledged, code } = await fill(store);
    expect(code).toBe('STORAGE_FULL');
    expect(acknowledged.length).toBeGreaterThan(500);
    expect(await statesOf(store, acknowledged)).toEqual(new Set(['ready']));

    expect(await drain(store)).toBe(acknowledged.length);
    while (!events.some(({ kind }) => kind === 'room')) await new Promise(setImmediate);
    expect(await store.enqueue(someJobs(1))).toMatchObject([{ code: 'OK' }]);
    expect(store.status.epoch).toBe(1); // no commit failed
  },
);

test('when others have filled the disk, the ballast goes, and what is there can still be performed', PATIENT, async ({ skip }) => {
  const { store, disk, path, event } = await setup({ diskBytes: 24 * MIB, reserveBytes: 4 * MIB }, skip);
  await store.enqueue(someJobs(200, { payload: PAYLOAD }));
  await access(join(path, 'ballast'));

  const full = event('full');
  await takeAllRoom(join(disk, 'others'));
  await full;
  expect((await refusal(store.enqueue(someJobs(1)))).code).toBe('STORAGE_FULL');
  expect(await drain(store)).toBe(200);
  await expect(access(join(path, 'ballast'))).rejects.toThrow('ENOENT');

  const room = event('room');
  await rm(join(disk, 'others'));
  await room;
  expect(await store.enqueue(someJobs(1, { id: 'late' }))).toMatchObject([{ code: 'OK' }]);
  expect(store.status.epoch).toBe(1);
});

/** Claims more room than there is, and by so much that nothing is refused before a write fails. */
const boastful: Machine = {
  clock: realClock,
  freeBytes: async (path) => (await freeBytesOf(path)) + 300 * 1_024,
  openJournal: LmdbJournal.open,
};

test('a disk that is full nevertheless loses nothing that was acknowledged, and ends no process', PATIENT, async ({ skip }) => {
  const { store, path, event } = await setup({ diskBytes: 6 * MIB, reserveBytes: 256 * 1_024, machine: boastful }, skip);

  const reopened = event('engine');
  const { acknowledged, code } = await fill(store);
  expect(code).toBe('STORAGE_FULL');
  await reopened;
  expect(acknowledged.length).toBeGreaterThan(100);
  expect(await statesOf(store, acknowledged)).toEqual(new Set(['ready']));

  await store.close();
  const again = await openStore({ path, reserveBytes: 0, retention: RETENTION });
  expect(await statesOf(again, acknowledged)).toEqual(new Set(['ready']));
  expect(await readyIn(again)).toBe(acknowledged.length); // and nothing that was refused
  expect(await drain(again)).toBe(acknowledged.length);
});

/** Blocks of 512 bytes that a process may write to one file. */
const MAY_WRITE = 8_192;

test('a write that fails within lmdb ends no process, and loses nothing that was acknowledged', PATIENT, async () => {
  const path = join(await aDirectory(), 'store');
  const filler = [process.execPath, join(import.meta.dirname, 'filler.test.kit.js'), path];

  const { stdout } = await promisify(execFile)('sh', ['-c', `ulimit -f ${MAY_WRITE}; exec "$@"`, 'sh', ...filler]);

  const { acknowledged, ready, code } = JSON.parse(stdout) as { acknowledged: number; ready: number; code: string };
  expect(code).toMatch(/^STORAGE_(FULL|UNAVAILABLE)$/); // lmdb tells no more than that it failed
  expect(acknowledged).toBeGreaterThan(100);
  expect(ready).toBe(acknowledged);
  expect(await drain(await openStore({ path, reserveBytes: 0, retention: RETENTION }))).toBe(acknowledged);
});

async function takeAllRoom(path: string): Promise<void> {
  const file = await open(path, 'w');
  const block = Buffer.alloc(64 * 1_024, 1);
  try {
    for (;;) await file.write(block);
  } catch (error) {
    expect((error as { code: string }).code).toBe('ENOSPC');
  } finally {
    await file.close();
  }
}
