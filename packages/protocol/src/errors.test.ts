import { describe, expect, test } from 'vitest';
import { asTiercelError, codeOf, ERRORS, type ErrorCode, fail, isErrorCode, TiercelError } from './errors.js';

/** An error of another copy of this package, or of one that may not import it: the same shape, another class. */
class Foreign extends Error {
  override readonly name = 'TiercelError';
  readonly code: string;
  readonly facts: unknown;

  constructor(code: string, facts?: unknown) {
    super(code);
    this.code = code;
    this.facts = facts;
  }
}

describe('the table', () => {
  test.each(Object.entries(ERRORS))('%s has one sentence without a full stop', (_, { sentence }) => {
    expect(sentence).toMatch(/^[a-z][\x20-\x7e]+[^.]$/);
  });

  test('words every object has are no codes', () => {
    expect(['constructor', 'toString', '__proto__', '', 7, undefined].some(isErrorCode)).toBe(false);
  });
});

describe('one error', () => {
  test('is a line of its code, its sentence and its facts', () => {
    const { message, retryable } = new TiercelError('BUSY', { retryAfterMs: 100, tenant: 'acme' });
    expect(message).toBe(`BUSY: ${ERRORS.BUSY.sentence} (retryAfterMs=100, tenant=acme)`);
    expect(retryable).toBe(true);
  });

  test('stays one line whatever its facts hold', () => {
    expect(new TiercelError('INTERNAL', { reason: 'a\n  at b\r\nc' }).message).toMatch(/^.*\(reason=a at b c\)$/);
  });

  test('keeps its cause', () => {
    const cause = new Error('disk');
    expect(() => fail('STORAGE_UNAVAILABLE', {}, cause)).toThrow(expect.objectContaining({ code: 'STORAGE_UNAVAILABLE', cause }));
  });
});

describe('whatever was thrown', () => {
  test.each(Object.keys(ERRORS) as ErrorCode[])('%s is known by its code, also of another copy of the package', (code) => {
    expect(codeOf(new Foreign(code))).toBe(code);
    expect(asTiercelError(new Foreign(code, { id: 'a' }))).toMatchObject({
      code,
      facts: { id: 'a' },
      retryable: ERRORS[code].retryable,
    });
  });

  test('one of ours is passed on as it is', () => {
    const error = new TiercelError('BUSY');
    expect(asTiercelError(error)).toBe(error);
  });

  test.each([new Error('boom'), new Foreign('ECONNRESET'), 'text', 7, null, undefined, Object.create(null), Symbol('s')])(
    'anything else is INTERNAL with the thing as its cause: case %#',
    (thrown) => {
      expect(codeOf(thrown)).toBe('INTERNAL');
      const error = asTiercelError(thrown);
      expect(error).toBeInstanceOf(TiercelError);
      expect(error).toMatchObject({ code: 'INTERNAL', retryable: true });
      if (thrown !== undefined) expect(error.cause).toBe(thrown);
    },
  );
});
