import { expect, test } from 'vitest';
import { isKestrelStoreUrl, readKestrelUrl } from './kestrel-url.js';

test('a URL names servers, how many reads may be open, and whose names are used', () => {
  expect(readKestrelUrl('kestrel://one,two:22134,[::1]:7?reads=9&names=shared')).toEqual({
    servers: [
      { host: 'one', port: 22_133 },
      { host: 'two', port: 22_134 },
      { host: '::1', port: 7 },
    ],
    reads: 9,
    shared: true,
  });
  expect(readKestrelUrl('kestrel://one')).toMatchObject({ reads: 200, shared: false });
});

test('what is not understood is refused', () => {
  for (const rest of ['', 'a,', 'a:0', 'a:65536', 'a b', 'u@a', 'a/b', 'a?reads=0', 'a?names=mine', 'a?other=1', 'a#x'])
    expect(isKestrelStoreUrl(`kestrel://${rest}`)).toBe(false);
});
