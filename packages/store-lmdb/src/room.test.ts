import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { VirtualClock } from '@tiercel/actors/testing';
import type { StoreEvent } from '@tiercel/store';
import { expect, onTestFinished, test } from 'vitest';
import { aDirectory } from './lmdb.test.kit.js';
import { Room } from './room.js';

const KIB = 1_024;
const RESERVE = 64 * KIB;
const PLENTY = 1_024 * KIB;

/** The room of a disk that says what the test wants, or fails when that is nothing. */
async function setup({ free = PLENTY as number | undefined, reusable = 0 } = {}) {
  const disk = { free, reusable, asked: 0 };
  const [path, clock, events] = [await aDirectory(), new VirtualClock(), [] as StoreEvent[]];
  const freeBytes = async () => {
    disk.asked++;
    return disk.free ?? Promise.reject(new Error('Input/output error'));
  };
  const room = new Room({ path, reserveBytes: RESERVE, clock, freeBytes, onEvent: (event) => events.push(event) });
  room.reuse(() => disk.reusable);
  onTestFinished(() => room.stop());
  await room.watch();
  const hasBallast = () =>
    access(join(path, 'ballast')).then(
      () => true,
      () => false,
    );
  return { room, clock, disk, events, hasBallast };
}

test('with less free than is in reserve it is full, and said; and not any more when there is more', async () => {
  const { room, disk, events } = await setup();
  expect(room.isFull).toBe(false);

  disk.free = RESERVE - 1;
  await room.look();
  expect(room.isFull).toBe(true);
  await room.look();
  disk.free = RESERVE;
  await room.look();

  expect(room.isFull).toBe(false);
  expect(events).toEqual([
    { kind: 'full', freeBytes: RESERVE - 1 },
    { kind: 'room', freeBytes: RESERVE },
  ]);
});

test('it looks every second, and sooner when much was written', async () => {
  const { room, clock, disk } = await setup();
  await clock.advance(999);
  expect(disk.asked).toBe(1);
  await clock.advance(1);
  expect(disk.asked).toBe(2);
  await room.look(); // over when that one is

  const before = disk.asked;
  room.wrote(RESERVE / 4 - 1);
  expect(disk.asked).toBe(before);
  room.wrote(1);
  expect(disk.asked).toBe(before + 1);
});

test('half of the pages that can be used again count as room', async () => {
  const { room, disk } = await setup({ free: RESERVE / 2 });
  expect(room.isFull).toBe(true);

  disk.reusable = RESERVE;
  await room.look();

  expect(room.isFull).toBe(false);
});

test('the ballast is taken on where there is room for it, thrown off when that is gone, and taken on again', async () => {
  const { room, disk, hasBallast } = await setup();
  expect(await hasBallast()).toBe(true);

  disk.free = RESERVE / 2 - 1;
  await room.look();
  expect(await hasBallast()).toBe(false);

  disk.free = 2 * RESERVE - 1;
  await room.look();
  expect(await hasBallast()).toBe(false);
  disk.free = 2 * RESERVE;
  await room.look();
  expect(await hasBallast()).toBe(true);
});

test('a write that found no room counts for ten seconds, whatever the disk says is free', async () => {
  const { room, clock } = await setup();

  await room.failed();
  expect(room.isFull).toBe(true);
  await clock.advance(9_999);
  await room.look();
  expect(room.isFull).toBe(true);
  await clock.advance(1);
  await room.look();
  expect(room.isFull).toBe(false);
});

test('a disk that does not tell its free space changes nothing, and is asked again', async () => {
  const { room, clock, disk } = await setup({ free: RESERVE - 1 });
  disk.free = undefined;

  await clock.advance(1_000);
  await room.look();
  expect(room.isFull).toBe(true);

  disk.free = PLENTY;
  await room.look();
  expect(room.isFull).toBe(false);
});

test('when it is stopped it looks no more', async () => {
  const { room, clock, disk } = await setup();
  await room.stop();

  await clock.advance(10_000);

  expect(disk.asked).toBe(1);
  expect(clock.pending).toBe(0);
});
