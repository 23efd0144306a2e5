import { expect, test } from 'vitest';
import { hostile } from './hostile.test.kit.js';
import { type LogLine, relayLog } from './relay-log.js';

function setup() {
  const lines: LogLine[] = [];
  return { lines, log: relayLog((line) => lines.push(line), { component: 'child' }) };
}

test('a line has the facts of its log, of its child and its own', () => {
  const { lines, log } = setup();

  log.child({ jobId: 'one' }).info({ n: 1 }, 'job went on');

  expect(lines).toEqual([['log', 'info', { component: 'child', jobId: 'one', n: 1 }, 'job went on']]);
});

test('a message alone is taken as pino takes it', () => {
  const { lines, log } = setup();

  (log.warn as unknown as (message: string) => void)('just words');

  expect(lines).toEqual([['log', 'warn', { component: 'child' }, 'just words']]);
});

test('what cannot cross a thread is there as text, and an error keeps its code', () => {
  const { lines, log } = setup();

  log.error({ err: Object.assign(new Error('no'), { code: 'BUSY' }), act: () => 1 }, 'it failed');

  expect(lines[0]?.[2]).toMatchObject({ err: { message: 'no', code: 'BUSY' }, act: '() => 1' });
});

test.each(hostile)('a fact that is $what stops no line', ({ thrown }) => {
  const { lines, log } = setup();

  log.info({ act: () => 1, odd: { thrown: thrown(), act: () => 1 }, bare: thrown() }, 'it went on');

  expect(lines).toMatchObject([['log', 'info', { act: '() => 1' }, 'it went on']]);
  expect(() => structuredClone(lines)).not.toThrow();
});

test('a fact without any text is said to be so', () => {
  const { lines, log } = setup();

  log.info({ odd: Object.assign(Object.create(null), { act: () => 1 }) }, 'it went on');

  expect(lines[0]?.[2]).toMatchObject({ odd: 'cannot be shown' });
});
