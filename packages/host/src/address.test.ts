import { expect, test } from 'vitest';
import { addressOf, kestrelAddressOf } from './address.js';

test.each([
  ['8080', '127.0.0.1', 8080],
  ['localhost:0', 'localhost', 0],
  ['0.0.0.0:65535', '0.0.0.0', 65_535],
  ['[::1]:80', '::1', 80],
])('%s is an address', (text, host, port) => {
  expect(addressOf(text)).toEqual({ host, port });
});

test.each(['', ':80', '::1:80', 'host', 'host:', 'host:65536', 'http://host:80', 'a b:80', 'host:-1'])('%j is none', (text) => {
  expect(addressOf(text)).toBeUndefined();
});

test.each([
  ['true', '127.0.0.1', 22_133],
  ['0.0.0.0', '0.0.0.0', 22_133],
  ['[::1]', '::1', 22_133],
  ['localhost:2', 'localhost', 2],
  ['3', '127.0.0.1', 3],
])('%s is an address of a Kestrel door', (text, host, port) => {
  expect(kestrelAddressOf(text)).toEqual({ host, port });
});

test('each port of a Kestrel door has a number of its own', () => {
  expect(kestrelAddressOf('true', 'text')).toEqual({ host: '127.0.0.1', port: 2222 });
  expect(kestrelAddressOf('localhost', 'admin')).toEqual({ host: 'localhost', port: 2223 });
  expect(kestrelAddressOf('3', 'admin')).toEqual({ host: '127.0.0.1', port: 3 });
});

test.each(['', ':80', 'a b', '::1'])('%j is none', (text) => {
  expect(kestrelAddressOf(text)).toBeUndefined();
});
