import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '@tiercel/actors';
import { decodeData } from '@tiercel/protocol';
import { expect, onTestFinished, test } from 'vitest';
import { AbortSwitch } from './abort.js';
import { aLeasedJob } from './broker.test.kit.js';
import { execute } from './execute.js';
import { loadHandlers } from './load-handlers.js';

/** Modules by file name, in a directory of their own. */
function setup(modules: Record<string, string>): string {
  const directory = mkdtempSync(join(tmpdir(), 'handlers-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(modules)) writeFileSync(join(directory, name), text);
  return directory;
}

const job = (name: string, more = ''): string =>
  `{ [Symbol.for('tiercel.job')]: true, name: '${name}', handler: ({ data }) => data, ${more} }`;

test('jobs are found as exports, and as members of a default export, in all modules of a directory', async () => {
  const directory = setup({
    'a.mjs': `export const one = ${job('One', "queue: 'mail'")}; export const other = 7`,
    'b.mjs': `export default [${job('Two', "isolation: 'process'")}, ${job('Three')}]`,
    'c.mjs': `export default { four: ${job('Four')} }`,
    'notes.txt': 'not a module',
  });

  const handlers = await loadHandlers([directory]);

  expect([...handlers.keys()]).toEqual(['One', 'Two', 'Three', 'Four']);
  expect(handlers.get('One')).toMatchObject({ queue: 'mail', isolation: 'inline' });
  expect(handlers.get('Two')).toMatchObject({ isolation: 'process' });
});

test('a job that is exported by name and by default is one job', async () => {
  const directory = setup({ 'a.mjs': `export const one = ${job('One')}; export default one` });

  expect((await loadHandlers([join(directory, 'a.mjs')])).size).toBe(1);
});

test('all faults are told at once, each with its file', async () => {
  const directory = setup({
    'broken.mjs': 'export const = 1',
    'empty.mjs': 'export const nothing = 1',
    'first.mjs': `export const one = ${job('One')}`,
    'second.mjs': `export const one = ${job('One')}`,
    'throws.mjs': `throw new RangeError('at load')`,
  });

  const loading = loadHandlers([directory, join(directory, 'missing.mjs')]);

  await expect(loading).rejects.toMatchObject({ code: 'HANDLERS_NOT_LOADED' });
  const { faults } = (await loading.catch((error) => error.facts)) as { faults: string };
  for (const part of [
    'broken.mjs: ',
    'empty.mjs: exports no job',
    'second.mjs: a second job is named One',
    'throws.mjs: RangeError: at load',
    'missing.mjs: ENOENT',
  ])
    expect(faults).toContain(part);
});

test('a Standard Schema decides what the handler gets, or says where the data is wrong', async () => {
  const schema = `schema: { '~standard': { version: 1, vendor: 'test', validate: (value) => typeof value?.foo === 'string'
    ? { value: { foo: value.foo.toUpperCase() } } : { issues: [{ message: 'expected text', path: [{ key: 'foo' }] }] } } }`;
  const handlers = await loadHandlers([setup({ 'a.mjs': `export const one = ${job('One', schema)}` })]);
  const handler = handlers.get('One');
  if (!handler) throw new Error('not loaded');
  const run = (data: unknown) => execute(handler, aLeasedJob({ name: 'One', data }), { abort: new AbortSwitch(), log: silentLog });

  const good = await run({ foo: 'bar' });
  const bad = await run({ foo: 1 });

  expect(good.ended === 'returned' && good.result && decodeData(good.result)).toEqual({ foo: 'BAR' });
  expect(bad).toMatchObject({
    ended: 'threw',
    permanent: true,
    reason: expect.stringMatching(/^BAD_DATA: .*data\.foo.*expected text/),
  });
});
