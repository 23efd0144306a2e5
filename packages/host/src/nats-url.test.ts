import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { findNatsUrl, leaveNatsUrl } from './index.js';

async function setup() {
  const folder = await mkdtemp(join(tmpdir(), 'tiercel-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const end = () => void server.close();
  onTestFinished(end);
  return { folder, port, url: `nats://127.0.0.1:${port}`, end };
}

test('the URL that a running fleet left is found, and gone when it ends', async () => {
  const { folder, url } = await setup();

  const undo = await leaveNatsUrl(folder, url);
  expect(await findNatsUrl(folder)).toBe(url);
  await undo();

  expect(await findNatsUrl(folder)).toBeUndefined();
});

test('the end of one fleet leaves the URL of another alone', async () => {
  const { folder, url } = await setup();

  const undo = await leaveNatsUrl(folder, 'nats://127.0.0.1:1');
  await leaveNatsUrl(folder, url);
  await undo();

  expect(await findNatsUrl(folder)).toBe(url);
});

test('the URL of a fleet that was killed is ignored, and so is whatever else the file holds', async () => {
  const { folder, url, end } = await setup();
  await leaveNatsUrl(folder, url);

  end();
  expect(await findNatsUrl(folder)).toBeUndefined();
  await writeFile(join(folder, 'nats-url'), 'nats://elsewhere:4222');

  expect(await findNatsUrl(folder)).toBeUndefined();
});
