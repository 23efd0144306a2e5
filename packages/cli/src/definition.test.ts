import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { settingsOf } from './definition.js';

async function aModule(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tiercel-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'jobs.mjs');
  const settings = `{ queue: 'mail', attempts: 3, timeout: '30s', backoff: { delay: '2s' }, isolation: 'process' }`;
  const job = `{ [Symbol.for('tiercel.job')]: true, name: 'Mail', settings: ${settings}, handler() {} }`;
  await writeFile(file, `export default { mail: ${job} }`);
  return file;
}

test('a definition supplies what holds on any queue', async () => {
  expect(await settingsOf(await aModule(), 'Mail')).toEqual({ attempts: 3, timeout: '30s', backoff: { delay: '2s' } });
});

test('a module that does not define the job, or is not there, is told', async () => {
  await expect(settingsOf(await aModule(), 'Post')).rejects.toMatchObject({ code: 'BAD_OPTION' });
  await expect(settingsOf('/nowhere/jobs.mjs', 'Mail')).rejects.toMatchObject({ code: 'HANDLERS_NOT_LOADED' });
});
