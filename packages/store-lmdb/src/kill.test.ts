import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { JobStore } from '@tiercel/store';
import { expect, onTestFinished, test } from 'vitest';
import { aDirectory, openStore, QUEUE, TENANT } from './lmdb.test.kit.js';

const KILLS = 5;
/** The process is killed when it has acknowledged so many; each time at another point of a commit. */
const ENOUGH = 300;

test(`whatever was acknowledged is there after kill -9 in the midst of a commit, ${KILLS} times`, {
  timeout: 120_000,
}, async () => {
  const path = await aDirectory();
  const acknowledged: string[] = [];
  for (let time = 0; time < KILLS; time++) acknowledged.push(...(await enqueueUntilKilled(path, `run${time}`)));

  const store = await openStore({ path });
  const found = await store.find(TENANT, acknowledged, { payload: true });

  expect(acknowledged.length).toBeGreaterThanOrEqual(KILLS * ENOUGH);
  expect(acknowledged.filter((_, at) => found[at]?.state !== 'ready')).toEqual([]);
  expect(found.filter((job, at) => !isWhole(job?.payload, acknowledged[at]!))).toEqual([]);
  const [ids, copies] = [await idsIn(store, QUEUE), await idsIn(store, 'copies')];
  expect(ids.length).toBeGreaterThanOrEqual(acknowledged.length);
  expect(copies.sort()).toEqual(ids.map((id) => `${id}-copy`).sort()); // acknowledged or not, both or none
});

/** All that is ready in a queue, page by page. */
async function idsIn(store: JobStore, queue: string): Promise<string[]> {
  const ids: string[] = [];
  for (let cursor: string | undefined = ''; cursor !== undefined; ) {
    const page = await store.list(TENANT, { state: 'ready', queue, cursor, limit: 500, payload: false });
    ids.push(...page.jobs.map(({ id }) => id));
    cursor = page.cursor || undefined;
  }
  return ids;
}

/** What a process had said was acknowledged when it was killed. It takes the store over from the one killed before. */
async function enqueueUntilKilled(path: string, from: string): Promise<string[]> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'enqueuer.test.kit.js'), path, from], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let said = '';
  for await (const chunk of child.stdout.setEncoding('utf8')) {
    said += chunk;
    if (said.split('\n').length > ENOUGH) child.kill('SIGKILL');
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  expect(child.signalCode).toBe('SIGKILL');
  return said.split('\n').slice(0, -1);
}

function isWhole(payload: Uint8Array | undefined, id: string): boolean {
  const nth = Number(id.split('-')[1]);
  return payload?.length === (nth % 5 === 0 ? 2_000 : 100) && payload.every((byte) => byte === nth % 256);
}
