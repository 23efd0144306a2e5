import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aName } from './arbitraries.test.kit.js';
import { decodeName, encodeName, isJobId, isJobName, isName, requireName } from './names.js';

const foreignName = fc.string({ unit: fc.oneof(fc.constantFrom('x', '-', '_', ':', '\\', '/'), fc.string({ unit: 'grapheme' })) });
const short = foreignName.filter((text) => new TextEncoder().encode(text).length <= 20);

describe('the grammar of names', () => {
  test.each(['a', '0', 'A-b_9', 'x'.repeat(63)])('%j is a name', (text) => {
    expect(isName(text)).toBe(true);
  });

  test.each(['', '-a', '_any', 'a.b', 'a*', '*', '>', 'a b', 'a\n', 'ä', 'x'.repeat(64), null, 7])('%j is no name', (text) => {
    expect(isName(text)).toBe(false);
  });

  test('a job name is printable ASCII without blanks, 1 to 128 characters', () => {
    expect(['HelloWorld', '\\Common\\Job\\Mail', 'a.b@c', 'x'.repeat(128)].every(isJobName)).toBe(true);
    expect(['', 'a b', 'a\n', 'é', 'x'.repeat(129), undefined].some(isJobName)).toBe(false);
  });

  test('a job id may hold dots, colons and @, but begins with a letter or digit', () => {
    expect(['1', 'order:17@eu.west', 'x'.repeat(128)].every(isJobId)).toBe(true);
    expect(['', ':a', 'a/b', 'a\n', 'x'.repeat(129)].some(isJobId)).toBe(false);
  });

  test.each([Object.create(null), null, undefined, Symbol('s'), 'a b\n\u001b[31m'])(
    'what is refused is shown in one printable line: case %#',
    (got) => {
      expect(() => requireName('queue', got)).toThrow(expect.objectContaining({ code: 'BAD_NAME' }));
      expect(() => requireName('queue', got)).toThrow(/^[\x20-\x7e]*$/);
    },
  );
});

describe('foreign names', () => {
  test('a legal name stays as it is', () => {
    fc.assert(
      fc.property(
        aName.filter((name) => !name.startsWith('x--')),
        (name) => encodeName(name) === name,
      ),
    );
  });

  test('any name of at most 20 bytes becomes a legal one and comes back', () => {
    fc.assert(
      fc.property(short, (foreign) => {
        const name = encodeName(foreign);
        expect(isName(name)).toBe(true);
        expect(decodeName(name)).toBe(foreign);
      }),
      { numRuns: 1_000 },
    );
  });

  test('two names never become one', () => {
    fc.assert(fc.property(short, short, (one, other) => (one === other) === (encodeName(one) === encodeName(other))));
  });

  test.each(['mail:out', '\\Common\\Job\\X', 'x--a', 'x--_3a', '', '\ufeffmail', '_any', '*', 'a.b'])(
    '%j comes back',
    (foreign) => {
      expect(decodeName(encodeName(foreign))).toBe(foreign);
    },
  );

  test.each(['\ud800', 'a\udfff', ':'.repeat(21)])('%j is refused: it has no bytes of its own, or too many', (foreign) => {
    expect(() => encodeName(foreign)).toThrow(expect.objectContaining({ code: 'BAD_NAME' }));
  });
});
