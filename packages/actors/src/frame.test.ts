import { expect, test } from 'vitest';
import { ActorError } from './error.js';
import { errorFrame, MAX_ERROR_BYTES, readFrame, replyFrame } from './frame.js';

const frameOf = (first: number, text: string) => Uint8Array.of(first, ...new TextEncoder().encode(text));

function thrownBy(frame: Uint8Array): ActorError {
  try {
    readFrame(frame);
  } catch (error) {
    return error as ActorError;
  }
  throw new Error('nothing was thrown');
}

test('a reply comes back byte for byte', () => {
  const reply = Uint8Array.of(0, 1, 2, 255);
  expect(readFrame(replyFrame(reply))).toEqual(reply);
  expect(readFrame(replyFrame(new Uint8Array()))).toEqual(new Uint8Array());
});

test('a refusal comes back with name, code and facts', () => {
  const error = thrownBy(errorFrame(new ActorError('BUSY', { retryAfterMs: 5, tenant: 'acme', first: true, last: null })));
  expect(error).toMatchObject({
    name: 'TiercelError',
    code: 'BUSY',
    facts: { retryAfterMs: 5, tenant: 'acme', first: true, last: null },
  });
});

test('what is not a refusal, or has no proper code, travels as INTERNAL and says nothing of its cause', () => {
  const secret = Object.assign(new Error('password is x'), { code: 'ENOENT', facts: { password: 'x' } });
  expect(thrownBy(errorFrame(secret))).toMatchObject({ code: 'INTERNAL', facts: {} });
  expect(thrownBy(errorFrame(new ActorError('no code', { password: 'x' })))).toMatchObject({ code: 'INTERNAL', facts: {} });
  expect(new TextDecoder().decode(errorFrame(secret))).not.toContain('password');
});

test('facts that are not plain are dropped at both ends', () => {
  const facts = { fine: 1, deep: { x: 1 }, list: [1], nothing: undefined, bad: Number.NaN } as never;
  expect(thrownBy(errorFrame(new ActorError('BUSY', facts))).facts).toEqual({ fine: 1 });
  expect(thrownBy(frameOf(1, '{"code":"BUSY","facts":{"fine":1,"deep":{"x":1},"__proto__":{"y":1},"list":[]}}')).facts).toEqual({
    fine: 1,
  });
});

test('an error frame stays within its bound: facts too long are left at home', () => {
  const frame = errorFrame(new ActorError('BUSY', { text: 'x'.repeat(MAX_ERROR_BYTES) }));
  expect(frame.byteLength).toBeLessThanOrEqual(MAX_ERROR_BYTES + 1);
  expect(thrownBy(frame)).toMatchObject({ code: 'BUSY', facts: {} });
});

test('whatever is neither is BAD_MESSAGE', () => {
  const long = `{"code":"BUSY","facts":{"x":"${'x'.repeat(MAX_ERROR_BYTES)}"}}`;
  const bad = [
    new Uint8Array(),
    Uint8Array.of(2, 1),
    Uint8Array.of(1, 0xff, 0xfe),
    frameOf(1, '{'),
    frameOf(1, 'null'),
    frameOf(1, '{"code":7}'),
    frameOf(1, '{"code":"lower"}'),
    frameOf(1, long),
  ];
  for (const frame of bad) expect(thrownBy(frame).code).toBe('BAD_MESSAGE');
});
