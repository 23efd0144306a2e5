import { expect, test } from 'vitest';
import { readServerUrl } from './server-url.js';

test('several servers share the credentials of the first that has any', () => {
  expect(readServerUrl('nats://a, nats://me:p%40ss@b:5222')).toEqual({
    servers: ['a:4222', 'b:5222'],
    tls: false,
    user: 'me',
    pass: 'p@ss',
    shown: 'nats://a:4222,nats://b:5222',
  });
  expect(readServerUrl('tls://[::1]:4222')).toMatchObject({ tls: true, servers: ['[::1]:4222'] });
});

test.each(['', 'localhost:4222', 'http://a', 'nats://', 'redis://me:secret@a'])(
  '%j is refused without showing a password',
  (url) => {
    expect(() => readServerUrl(url)).toThrow(/^BAD_OPTION/);
    expect(() => readServerUrl(url)).not.toThrow(/secret/);
  },
);
