import { mkdtemp, readdir, readFile, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { LmdbJournal } from './journal.js';
import { keyOf } from './key.js';
import { aDirectory, openStore, refusal, someJobs } from './lmdb.test.kit.js';
import { sealJson } from './seal.js';

const TMPFS = 0x01021994;

/** A directory that is kept in memory, on any Linux. */
async function aDirectoryInMemory(): Promise<string> {
  const directory = await mkdtemp('/dev/shm/tiercel-lmdb-');
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  expect((await statfs(directory)).type).toBe(TMPFS);
  return directory;
}

/** Beside the code that runs: on a disk. */
async function aDirectoryOnDisk(): Promise<string> {
  const directory = await mkdtemp(join(import.meta.dirname, 'tiercel-lmdb-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

test('on a disk jobs survive the loss of power, on a tmpfs the end of the process; it is said', async () => {
  const [onDisk, inMemory] = [
    await openStore({ path: await aDirectoryOnDisk() }),
    await openStore({ path: await aDirectoryInMemory() }),
  ];

  expect(onDisk.status).toEqual({ durability: 'power-loss', epoch: 1, engine: 'lmdb', unknown: [], clockJumpMs: 0 });
  expect(inMemory.status.durability).toBe('process-crash');
});

test('a disk that keeps less than is required is refused, and nobody owns it then', async () => {
  const path = await aDirectoryInMemory();

  expect(await refusal(openStore({ path, requireDurability: 'power-loss' }))).toMatchObject({
    code: 'STORAGE_UNFIT',
    facts: { path, durability: 'process-crash', expected: 'power-loss' },
  });
  expect(await readdir(path)).toEqual([]);
  expect((await openStore({ path, requireDurability: 'process-crash' })).status.durability).toBe('process-crash');
});

test('no one claims more than a disk can keep', async () => {
  const fault = await refusal(openStore({ path: await aDirectoryOnDisk(), requireDurability: 'replicated' }));

  expect(fault).toMatchObject({ code: 'STORAGE_UNFIT', facts: { durability: 'power-loss', expected: 'replicated' } });
});

test('the directory is made, for this user alone', async () => {
  const path = join(await aDirectory(), 'of', 'jobs');

  await openStore({ path });

  expect((await stat(path)).mode & 0o777).toBe(0o700);
});

test('an installation keeps the number of shards it was made with', async () => {
  const path = await aDirectory();
  await (await openStore({ path, shards: 4 })).close();

  expect(await refusal(openStore({ path, shards: 8 }))).toMatchObject({
    code: 'BAD_CONFIG',
    facts: { option: 'shards', expected: 4, got: 8 },
  });
  expect((await openStore({ path, shards: 4 })).shards).toBe(4);
});

test('a store of another layout is not touched', async () => {
  const path = await aDirectory();
  const journal = LmdbJournal.open(path);
  await journal.write([{ key: keyOf('installation'), value: sealJson({ layout: 99, shards: 1 }) }]);
  await journal.close();

  expect(await refusal(openStore({ path }))).toMatchObject({ code: 'BAD_CONFIG', facts: { option: 'layout', expected: 99 } });
});

test('what is no directory is said in one line', async () => {
  const file = join(await aDirectory(), 'file');
  await writeFile(file, 'text');

  const { code, message } = await refusal(openStore({ path: file }));

  expect(code).toBe('BAD_CONFIG');
  expect(message.split('\n')).toHaveLength(1);
});

test.each([
  ['text', Buffer.from('this is no environment of LMDB'.repeat(1_000))],
  ['a few bytes', Buffer.from('x')],
  ['zeros', Buffer.alloc(20_000)],
])('a file of %s is no store: it is said, and left as it is', async (_, bytes) => {
  const path = await aDirectory();
  await writeFile(join(path, 'data.mdb'), bytes);

  expect(await refusal(openStore({ path }))).toMatchObject({ code: 'STORAGE_UNFIT', facts: { file: join(path, 'data.mdb') } });

  expect((await readFile(join(path, 'data.mdb'))).equals(bytes)).toBe(true);
  await rm(join(path, 'data.mdb'));
  expect(await (await openStore({ path })).enqueue(someJobs(1))).toMatchObject([{ code: 'OK' }]);
});

test.each([16, 24, 28].map((at) => [at]))('a store whose header is damaged at byte %d is not opened', async (at) => {
  const path = await aDirectory();
  const store = await openStore({ path });
  await store.enqueue(someJobs(1));
  await store.close();
  const bytes = await readFile(join(path, 'data.mdb'));
  bytes.writeUInt32LE(0, at);
  await writeFile(join(path, 'data.mdb'), bytes);

  expect((await refusal(openStore({ path }))).code).toBe('STORAGE_UNFIT');
});

test.each([
  ['shards', 0],
  ['shards', 4_097],
  ['maxJobs', 0],
  ['reserveBytes', -1],
  ['reserveBytes', 0.5],
])('%s of %d is an option out of its range', async (option, got) => {
  expect(await refusal(openStore({ path: '/nowhere', [option]: got }))).toMatchObject({
    code: 'BAD_OPTION',
    facts: { option, got },
  });
});

test('no more jobs are taken than memory was given for, and what is there goes on', async () => {
  const store = await openStore({ path: await aDirectory(), maxJobs: 3 });
  await store.enqueue(someJobs(3));

  expect(await refusal(store.enqueue(someJobs(1, { id: 'more' })))).toMatchObject({ code: 'STORAGE_FULL', facts: { maxJobs: 3 } });

  await store.purge('acme', { queue: 'mail', states: ['ready'], limit: 1 });
  expect(await store.enqueue(someJobs(1, { id: 'more' }))).toMatchObject([{ code: 'OK' }]);
});
