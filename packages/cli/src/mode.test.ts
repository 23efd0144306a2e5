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

  expect(mode).toMatchObject({ single: false, natsServer: join(PATH, 'nats-server'), redisServer: join(PATH, 'redis-server') });
  expect(mode.sentence).toMatch(
    /four processes over a NATS of its own, because nats-server is on the PATH.*Redis of its own and are gone when it ends/,
  );
});

test('with neither: one process, and memory said plainly', async () => {
  const mode = chooseMode({ PATH: await folderWith() });

  expect(mode).toMatchObject({ single: true, store: 'memory:' });
  expect(mode.sentence).toMatch(/one process.*no nats-server on the PATH.*memory and are gone when it ends/);
});

test('servers that were named are used, and none is started', async () => {
  const PATH = await folderWith('nats-server', 'redis-server');

  const mode = chooseMode({ PATH, TIERCEL_NATS_URL: 'nats://user:hunter2@host', TIERCEL_STORE: 'redis://:hunter2@host' });

  expect(mode).toMatchObject({ single: false, store: 'redis://:hunter2@host' });
  expect(mode.natsServer ?? mode.redisServer).toBeUndefined();
  expect(mode.sentence).not.toContain('hunter2');
});

test('a file that may not be run is no program', async () => {
  const PATH = await folderWith();
  await writeFile(join(PATH, 'nats-server'), '');

  expect(chooseMode({ PATH }).single).toBe(true);
});
