import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { realClock, realRandom, silentLog } from '@tiercel/actors';
import { expect, onTestFinished, test } from 'vitest';
import { startServers } from './index.js';

test('servers that are stopped while they start leave nothing behind, and no others start', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'tiercel-'));
  onTestFinished(() => rm(dataDir, { recursive: true }));
  const undos: (() => Promise<void>)[] = [];
  // never listens: it refuses such arguments, again and again
  const servers = startServers({
    ...{ natsServer: '/bin/sleep', natsUrl: '', redisServer: undefined, storeUrl: '', dataDir, env: process.env },
    ...{ clock: realClock, random: realRandom, log: silentLog, defer: (undo) => void undos.push(undo) },
  });
  const failed = expect(servers).rejects.toMatchObject({ code: 'UNREACHABLE' });
  while (undos.length === 0) await new Promise<void>((resolve) => realClock.after(5, resolve));

  await undos[0]!();

  expect(await readdir(dataDir)).toEqual([]);
  await failed;
  expect(undos).toHaveLength(1);
}, 20_000);
