import { expect, test } from 'vitest';
import { deleteRequest, flushRequest, getRequest, KESTREL_LIMITS, setRequest, statsRequest } from './index.js';

const text = (...pieces: readonly Uint8Array[]) => Buffer.concat(pieces).toString('latin1');
const item = Buffer.from('{"instance":"dev","jobName":"HelloWorld","data":{"foo":"bar"}}');

test('a set is what the article sends', () => {
  expect(text(...setRequest('enterprise_hello_world', item))).toBe(`set enterprise_hello_world 0 0 62\r\n${item}\r\n`);
  expect(text(...setRequest('q', Buffer.from('a'), { expiry: 5 }))).toBe('set q 0 5 1\r\na\r\n');
});

test.each([
  [{}, 'get q\r\n'],
  [{ open: true, close: true, waitMs: 500 }, 'get q/close/open/t=500\r\n'],
  [{ waitMs: 7, open: true }, 'get q/open/t=7\r\n'],
  [{ close: true }, 'get q/close\r\n'],
  [{ abort: true }, 'get q/abort\r\n'],
  [{ peek: true, waitMs: 3 }, 'get q/peek/t=3\r\n'],
])('a get with %j has its options in the order that every server takes', (options, line) => {
  expect(text(getRequest('q', options))).toBe(line);
});

test('commands are in lower case', () => {
  expect(text(deleteRequest('q'), flushRequest('q'), statsRequest())).toBe('delete q\r\nflush q\r\nstats\r\n');
});

test('what some server would refuse or lose is not sent', () => {
  expect(() => setRequest('q', Buffer.alloc(0))).toThrow(/BAD_OPTION/);
  expect(() => setRequest('q', item, { expiry: 0.5 })).toThrow(/BAD_OPTION/);
  expect(() => getRequest('q', { peek: true, open: true })).toThrow(/BAD_OPTION/);
  expect(() => getRequest('q', { abort: true, close: true })).toThrow(/BAD_OPTION/);
  expect(() => getRequest('q', { waitMs: -1 })).toThrow(/BAD_OPTION/);
  expect(() => getRequest('q', { waitMs: 2 ** 31 })).toThrow(/BAD_OPTION/);
});

test.each(['', 'a b', 'a.b', 'a/b', 'a~b', 'caf\u00e9', 'q\r\nflush_all', 'q\0'])('a queue named %j is not sent', (name) => {
  for (const write of [(queue: string) => setRequest(queue, item), getRequest, deleteRequest, flushRequest])
    expect(() => write(name)).toThrow(/BAD_NAME/);
});

test('a key is at most 250 bytes, with its options', () => {
  const options = { close: true, open: true, waitMs: 500 };
  const longest = 'q'.repeat(KESTREL_LIMITS.keyBytes - '/close/open/t=500'.length);

  expect(getRequest(longest, options)).toHaveLength('get '.length + KESTREL_LIMITS.keyBytes + '\r\n'.length);
  expect(() => getRequest(`${longest}q`, options)).toThrow(/BAD_NAME/);
});
