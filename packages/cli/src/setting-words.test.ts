import { expect, test } from 'vitest';
import { readSettings, settingAsWord } from './setting-words.js';

test('words set what they name, and take back what they leave empty', () => {
  const words = ['attempts=3', 'leaseMs=1m', 'maxAgeMs=1500', 'maxBytes=64KiB', 'paused=true', 'whenFull=drop-oldest', 'expireTo='];

  expect(readSettings(words)).toEqual({
    set: { attempts: 3, leaseMs: 60_000, maxAgeMs: 1_500, maxBytes: 65_536, paused: true, whenFull: 'drop-oldest' },
    clear: ['expireTo'],
  });
});

test('a setting is shown as it would be written', () => {
  const words = ['attempts=3', 'leaseMs=1m', 'maxAgeMs=1500ms', 'maxBytes=64KiB', 'paused=true', 'whenFull=drop-oldest'];

  expect(Object.entries(readSettings(words).set).map(([name, value]) => settingAsWord(name, value))).toEqual(words);
});

test('what only the Kestrel door reads is set like the rest', () => {
  const words = ['fanout=audit,mirror', 'fanoutOnly=true', 'maxAborts=5'];

  const { set } = readSettings(words);

  expect(set).toEqual({ fanout: 'audit,mirror', fanoutOnly: true, maxAborts: 5 });
  expect(Object.entries(set).map(([name, value]) => settingAsWord(name, value))).toEqual(words);
});

test.each([
  'attemps=3',
  'attempts',
  'attempts=many',
  'attempts=3KiB',
  'leaseMs=soon',
  'maxBytes=-1',
  'paused=yes',
  'fanoutOnly=1',
  'maxAborts=-1',
])('%s is refused', (word) => {
  expect(() => readSettings([word])).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
});
