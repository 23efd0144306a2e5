import { execFile, execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { tool } from '@tiercel/test-support';
import { expect, test } from 'vitest';
import { aDirectory } from './lmdb.test.kit.js';

/** How long the disk takes for each sync. */
const SYNC_MS = 400;

/** Stands before the C library: a sync takes its time, and only then is done. */
const SLOW_SYNC = `
#define _GNU_SOURCE
#include <dlfcn.h>
#include <unistd.h>
static int slowly(const char *name, int fd) {
  int (*sync)(int) = dlsym(RTLD_NEXT, name);
  usleep(${SYNC_MS * 1_000});
  return sync(fd);
}
int fdatasync(int fd) { return slowly("fdatasync", fd); }
int fsync(int fd) { return slowly("fsync", fd); }
`;

test('a reply goes out after lmdb has synced the disk, not before', { timeout: 60_000 }, async () => {
  const directory = await aDirectory();
  const library = join(directory, 'slow-sync.so');
  await writeFile(join(directory, 'slow-sync.c'), SLOW_SYNC);
  execFileSync(tool('gcc', ['gcc', 'libc6-dev']), ['-shared', '-fPIC', '-o', library, join(directory, 'slow-sync.c'), '-ldl']);

  const child = [join(import.meta.dirname, 'slow-disk.test.kit.js'), join(directory, 'store')];
  const { stdout } = await promisify(execFile)(process.execPath, child, { env: { ...process.env, LD_PRELOAD: library } });
  const { enqueuedMs, foundMs, unchangedMs } = JSON.parse(stdout) as Record<string, number>;

  expect(enqueuedMs).toBeGreaterThanOrEqual(SYNC_MS);
  expect(foundMs).toBeGreaterThanOrEqual(SYNC_MS);
  expect(unchangedMs).toBeLessThan(SYNC_MS);
});
