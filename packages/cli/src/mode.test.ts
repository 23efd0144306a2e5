import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { chooseMode } from '../bin/mode.mjs';

async function folderWith(...programs: string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tiercel-path-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const program of programs) {
    await writeFile(join(folder, program), '');
    await chmod(join(folder, program), 0o755);
  }
  return folder;
}

test('with nats-server and redis-server on the PATH: four processes, both started here', async () => {
  const PATH = await folderWith('nats-server', 'redis-server');

  const mode = chooseMode({ PATH });

  expect(mode).toMatchObject({ over: 'nats', natsServer: join(PATH, 'nats-server'), redisServer: join(PATH, 'redis-server') });
  expect(mode.sentence).toMatch(
    /four processes over a NATS of its own, because nats-server is on the PATH.*Redis of its own and are gone when it ends/,
  );
});

test('with neither: four processes over a socket, and jobs in a folder, where they stay', async () => {
  const PATH = await folderWith();

  const mode = chooseMode({ PATH });

  expect(mode).toMatchObject({ over: 'socket', store: 'lmdb:.tiercel' });
  expect(mode.sentence).toMatch(
    /four processes over a Unix socket, because.*no nats-server on the PATH.*folder \.tiercel.*next time.*no redis-server/,
  );
  expect(chooseMode({ PATH, TIERCEL_DATA: '/var/jobs' }).store).toBe('lmdb:/var/jobs');
});

test('memory and one process are only had by asking', async () => {
  const PATH = await folderWith('nats-server');

  expect(chooseMode({ PATH })).toMatchObject({ over: 'nats', store: 'lmdb:.tiercel' });
  expect(chooseMode({ PATH }, { store: 'memory:' }).sentence).toMatch(/memory, as you asked, and are gone when it ends/);
  expect(chooseMode({ PATH }, { single: true })).toMatchObject({ over: 'none', store: 'lmdb:.tiercel' });
  expect(chooseMode({ PATH, TIERCEL_SOCKET: '/x/socket' }).over).toBe('socket');
});

test('servers that were named are used, and none is started', async () => {
  const PATH = await folderWith('nats-server', 'redis-server');

  const mode = chooseMode({ PATH, TIERCEL_NATS_URL: 'nats://user:hunter2@host', TIERCEL_STORE: 'redis://:hunter2@host' });

  expect(mode).toMatchObject({ over: 'nats', store: 'redis://:hunter2@host' });
  expect(mode.natsServer ?? mode.redisServer).toBeUndefined();
  expect(mode.sentence).not.toContain('hunter2');
});

test('a file that may not be run is no program', async () => {
  const PATH = await folderWith();
  await writeFile(join(PATH, 'nats-server'), '');

  expect(chooseMode({ PATH }).over).toBe('socket');
});
