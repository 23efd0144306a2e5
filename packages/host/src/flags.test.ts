import { codeOf } from '@tiercel/protocol';
import { expect, test } from 'vitest';
import { flagHelp, parseFlags } from './index.js';

const NAMES = ['queues', 'demo', 'drainMs'] as const;

test('flags take a value with a blank or =, a repeated one becomes a list, a switch stands alone', () => {
  expect(parseFlags(['--queue', 'a', '--queue=b', '--demo', '--drain', '5s'], NAMES)).toEqual({
    queue: 'a,b',
    demo: 'true',
    drain: '5s',
  });
});

test('an unknown flag is kept, for the configuration to report with all other faults', () => {
  expect(parseFlags(['--quee=a'], NAMES)).toHaveProperty('quee');
  expect(parseFlags(['--quee', 'a'], NAMES)).toHaveProperty('quee');
});

test('a flag is no value of the flag before it', () => {
  expect(() => parseFlags(['--queue', '--demo'], NAMES)).toThrow(/--queue=expected .* got the flag --demo/);
  expect(() => parseFlags(['--queue', '--drain=5s'], NAMES)).toThrow(/--queue=expected .* got the flag --drain\)/);
  expect(() => parseFlags(['--demo', '--drain'], NAMES)).toThrow(/--drain=expected .* got nothing/);
});

test('an address of the Kestrel door may be left out wherever its flag stands', () => {
  const names = ['kestrel', 'kestrelText', 'kestrelTenant', 'demo'] as const;

  expect(parseFlags(['--kestrel', '--kestrel-text', '--demo', '--kestrel-tenant', 'acme'], names)).toEqual({
    kestrel: 'true',
    'kestrel-text': 'true',
    demo: 'true',
    'kestrel-tenant': 'acme',
  });
  expect(parseFlags(['--kestrel', '10.0.0.5', '--kestrel-text=2222'], names)).toEqual({
    kestrel: '10.0.0.5',
    'kestrel-text': '2222',
  });
});

test('words that are no flags are refused', () => {
  expect(() => parseFlags(['hello'], NAMES)).toThrow(/BAD_CONFIG/);
  try {
    parseFlags(['hello'], NAMES);
  } catch (error) {
    expect(codeOf(error)).toBe('BAD_CONFIG');
  }
});

test('the help names every flag, its variable and its default, and marks what is required', () => {
  const help = flagHelp(NAMES, ['queues']);

  expect(help.split('\n')).toHaveLength(3);
  expect(help).toMatch(/--drain +TIERCEL_DRAIN .*\[20s\]/);
  expect(help).toMatch(/--queue +TIERCEL_QUEUES .*\(required\)/);
});
