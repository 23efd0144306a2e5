import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

const HERE = import.meta.dirname;
const ROOT = join(HERE, '../../../..');

/** Runs a file under the runner of Node. */
const nodeTest = (file: string): Promise<{ code: unknown; out: string }> =>
  new Promise((resolve) => {
    execFile(process.execPath, ['--test', '--test-reporter=tap', file], { cwd: ROOT, timeout: 60_000 }, (error, out) =>
      resolve({ code: error?.code ?? 0, out }),
    );
  });

test('the example passes under the runner of Node', { timeout: 60_000 }, async () => {
  const { code, out } = await nodeTest('examples/tested-app/signup.test.mjs');

  expect({ code, out }).toEqual({ code: 0, out: expect.stringMatching(/^# pass 3$/m) });
});

test('a mistake fails under the runner of Node, and says what it is', { timeout: 60_000 }, async () => {
  const directory = await mkdtemp(join(ROOT, 'packages/tiercel/dist/mistake-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const file = join(directory, 'mistake.test.mjs');
  await writeFile(
    file,
    `import { test } from 'node:test';
    import { defineJob } from 'tiercel';
    import { testTiercel } from 'tiercel/testing';
    let sum = 0;
    const pay = defineJob('Pay', { queue: 'q' }, () => void (sum += 10));
    const hang = defineJob('Hang', { queue: 'q' }, () => new Promise(() => {}));
    test('careless', async (context) => {
      const t = await testTiercel([pay, hang]);
      context.after(() => t.close());
      t.crashAfter(pay);
      await t.tenant('dev').enqueue(pay, { to: 'ann' }, { id: 'one' });
      await t.drain();
      t.expectPerformed(pay, { times: 1 });
    });
    test('never ending', async (context) => {
      const t = await testTiercel([hang], { handlerMs: 50 });
      context.after(() => t.close());
      await t.tenant('dev').enqueue(hang, null, { id: 'two' });
      await t.drain();
    });`,
  );

  const { code, out } = await nodeTest(file);

  expect([code, /^# fail 2$/m.test(out)]).toEqual([1, true]);
  expect(out).toContain('expected 1 × Pay to have been performed, got 2; what has:');
  expect(out).toContain('Pay one (tenant dev, queue q), attempt 2, at 2026-01-01T00:00:00.000Z, returned');
  expect(out).toContain('HANDLER_RUNS: after 50 ms of real time this still runs:');
  expect(out).toContain('Hang two (tenant dev, queue q), attempt 1');
});

test('the library itself never loads it', () => {
  const sources = readdirSync(join(HERE, '..')).filter((name) => name.endsWith('.js') && !name.includes('.test.'));

  expect(sources).toContain('tiercel.js');
  expect(sources.filter((name) => /['"][^'"]*\/testing\b/.test(readFileSync(join(HERE, '..', name), 'utf8')))).toEqual([]);
});
