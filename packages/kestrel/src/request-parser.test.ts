import { expect, test } from 'vitest';
import { type Request, RequestParser } from './index.js';

/** What comes of bytes that arrive in one piece; data as text. */
function parse(text: string, bounds: { readonly lineBytes?: number; readonly itemBytes?: number } = {}) {
  const parser = new RequestParser(bounds);
  const requests = parser.push(Buffer.from(text, 'latin1')).map(told);
  return { requests, ended: parser.ended };
}

const told = (request: Request) =>
  request.kind === 'set' ? { ...request, data: Buffer.from(request.data).toString('latin1') } : request;

const aGet = { kind: 'get', queue: 'q', waitMs: 0, open: false, close: false, abort: false, peek: false };
const aSet = { kind: 'set', queue: 'q', flags: 0, expiry: 0, data: 'hello' };
const closed = (reply: string) => ({ requests: [expect.objectContaining({ kind: 'fault', reply, close: true })], ended: true });
const stays = (reply: string) => ({ requests: [expect.objectContaining({ kind: 'fault', reply, close: false })], ended: false });

test.each<[string, object]>([
  ['get q\r\n', aGet],
  ['gets q\r\n', aGet],
  ['get q/open\r\n', { ...aGet, open: true }],
  ['get q/close/open/t=500\r\n', { ...aGet, close: true, open: true, waitMs: 500 }],
  ['get q/t=500/open/close\r\n', { ...aGet, close: true, open: true, waitMs: 500 }],
  ['get q/close\r\n', { ...aGet, close: true }],
  ['get q/abort/t=9\r\n', { ...aGet, abort: true, waitMs: 9 }],
  ['get q/peek/t=10\r\n', { ...aGet, peek: true, waitMs: 10 }],
  ['get q/t=-5\r\n', aGet],
  ['get q/t=7/t=8\r\n', { ...aGet, waitMs: 8 }],
  ['get q/sync/OPEN//\r\n', aGet],
  ['get q r s\r\n', aGet],
  ['get a+b\r\n', { ...aGet, queue: 'a+b' }],
  ['get caf\u00e9:1\r\n', { ...aGet, queue: 'caf\u00e9:1' }],
  ['delete q\r\n', { kind: 'delete', queue: 'q' }],
  ['flush q\r\n', { kind: 'flush', queue: 'q' }],
  ['flush_all\r\n', { kind: 'flush_all' }],
  ['flush_all \r\n', { kind: 'flush_all' }],
  ['flush_expired q\r\n', { kind: 'flush_expired', queue: 'q' }],
  ['flush_all_expired\r\n', { kind: 'flush_all_expired' }],
  ['stats\r\n', { kind: 'stats' }],
  ['stats items\r\n', { kind: 'stats' }],
  ['dump_stats\r\n', { kind: 'dump_stats', queues: [] }],
  ['dump_stats a b\r\n', { kind: 'dump_stats', queues: ['a', 'b'] }],
  ['monitor q 5\r\n', { kind: 'monitor', queue: 'q', seconds: 5 }],
  ['monitor q 5 10\r\n', { kind: 'monitor', queue: 'q', seconds: 5, max: 10 }],
  ['confirm q 3\r\n', { kind: 'confirm', queue: 'q', count: 3 }],
  ['status\r\n', { kind: 'status' }],
  ['status ReadOnly\r\n', { kind: 'status', level: 'READONLY' }],
  ['version\r\n', { kind: 'version' }],
  ['reload\r\n', { kind: 'reload' }],
  ['shutdown\r\n', { kind: 'shutdown' }],
])('%j is understood', (text, request) => {
  expect(parse(text)).toEqual({ requests: [request], ended: false });
});

test.each([
  ['a line may end with a bare LF', 'get q\n', aGet],
  ['the first word is case-insensitive', 'GeT q\r\n', aGet],
  ['blanks at the end do no harm', 'get q   \r\n', aGet],
  ['a blank after the byte count does no harm', 'set q 0 0 5 \r\nhello\r\n', aSet],
  ['a sixth word is ignored, noreply too', 'set q 0 0 5 noreply\r\nhello\r\n', aSet],
  ['the two bytes after the data are not looked at', 'set q 0 0 5\r\nhelloXY', aSet],
  ['data are counted, not searched for an end', 'set q 0 0 9\r\na\r\nEND\r\n\r\r\n', { ...aSet, data: 'a\r\nEND\r\n\r' }],
  ['an item may be empty', 'set q 0 0 0\r\n\r\n', { ...aSet, data: '' }],
  ['flags and expiry may be negative', 'set q -7 -1 5\r\nhello\r\n', { ...aSet, flags: -7, expiry: -1 }],
  ['an expiry is handed on as it is', 'set q 0 1000000 5\r\nhello\r\n', { ...aSet, expiry: 1_000_000 }],
])('%s', (_, text, request) => {
  expect(parse(text)).toEqual({ requests: [request], ended: false });
});

test.each([
  ['an unknown command', 'incr q 1\r\n'],
  ['a command that is gone', 'dump_config\r\n'],
  ['an empty line', '\r\n'],
  ['a blank before the command', ' get q\r\n'],
  ['an empty queue name', 'get /open\r\n'],
  ['a doubled blank, which shifts the fields', 'set  0 0 5\r\nhello\r\n'],
  ['peek with open', 'get q/peek/open\r\n'],
  ['peek with close', 'get q/close/peek\r\n'],
  ['abort with open', 'get q/abort/open\r\n'],
  ['abort with close', 'get q/abort/close\r\n'],
  ['peek with abort', 'get q/peek/abort\r\n'],
  ['a status level that does not exist', 'status sideways\r\n'],
  ['a status that cannot be set', 'status down\r\n'],
  ['add, once its data are read', 'add q 0 0 5\r\nhello\r\n'],
  ['replace', 'REPLACE q 0 0 5\r\nhello\r\n'],
  ['append', 'append q 0 0 5\r\nhello\r\n'],
  ['prepend', 'prepend q 0 0 5\r\nhello\r\n'],
  ['cas', 'cas q 0 0 5 1\r\nhello\r\n'],
])('CLIENT_ERROR and closed: %s', (_, text) => {
  expect(parse(text)).toEqual(closed('CLIENT_ERROR'));
});

test.each([
  ['get without a key', 'get\r\n'],
  ['get with blanks only', 'get  \r\n'],
  ['delete without a queue', 'delete\r\n'],
  ['flush without a queue', 'flush\r\n'],
  ['flush_expired without a queue', 'flush_expired\r\n'],
  ['monitor without seconds', 'monitor q\r\n'],
  ['confirm without a count', 'confirm q\r\n'],
  ['flags that are no number', 'set q x 0 5\r\nhello\r\n'],
  ['flags of more than 32 bits', 'set q 2147483648 0 5\r\nhello\r\n'],
])('CLIENT_ERROR and the connection stays: %s', (_, text) => {
  expect(parse(text)).toEqual(stays('CLIENT_ERROR'));
  expect(parse(`${text}get q\r\n`).requests).toHaveLength(2);
});

test.each([
  ['a storage line of four words', 'set q 0 0\r\n'],
  ['a byte count that is no number', 'set q 0 0 five\r\nhello\r\n'],
  ['a negative byte count', 'set q 0 0 -5\r\nhello\r\n'],
  ['a byte count of more than 31 bits', 'set q 0 0 2147483648\r\n'],
  ['an expiry that is no number', 'set q 0 soon 5\r\nhello\r\n'],
  ['an expiry of more than 31 bits', 'set q 0 2147483648 5\r\nhello\r\n'],
  ['t= that is no number', 'get q/t=soon\r\n'],
  ['t= that is empty', 'get q/t=\r\n'],
  ['t= of more than 31 bits', 'get q/t=2147483648\r\n'],
  ['seconds that are no number', 'monitor q soon\r\n'],
  ['a maximum that is no number', 'monitor q 1 x\r\n'],
  ['a count that is no number', 'confirm q x\r\n'],
  ['an illegal name in set', 'set a.b 0 0 5\r\nhello\r\n'],
  ['an illegal name in get', 'get a~b\r\n'],
])('closed without a word: %s', (_, text) => {
  expect(parse(text)).toEqual(closed(''));
});

test('an illegal name is no fault where no queue comes into being', () => {
  expect(parse('get a.b/close\r\nget a.b/abort\r\ndelete a.b\r\n').requests.map(({ kind }) => kind)).toEqual([
    'get',
    'get',
    'delete',
  ]);
});

test('nothing is read after a fault that closes, and nothing after quit', () => {
  expect(parse('bogus\r\nget q\r\n').requests).toHaveLength(1);
  expect(parse('QUIT\r\nget q\r\n')).toEqual({ requests: [{ kind: 'quit' }], ended: true });
});

test('a storage command that is refused takes its data with it', () => {
  expect(parse('set q x 0 7\r\nget q\r\n\r\nget q\r\n').requests).toEqual([expect.objectContaining({ kind: 'fault' }), aGet]);
});

test('requests that come in one piece come out in order', () => {
  const { requests } = parse('set q 0 0 5\r\nhello\r\nset q 0 0 2\r\nho\r\nget q/open\r\nget q/close\r\n');

  expect(requests).toEqual([aSet, { ...aSet, data: 'ho' }, { ...aGet, open: true }, { ...aGet, close: true }]);
});

test('an item over its bound is dropped as it comes and told with its size', () => {
  expect(parse('set q 0 0 6\r\nhello!\r\nget q\r\n', { itemBytes: 5 }).requests).toEqual([
    { kind: 'oversized', queue: 'q', bytes: 6 },
    aGet,
  ]);
  expect(parse('set q 0 0 5\r\nhello\r\n', { itemBytes: 5 }).requests).toEqual([aSet]);
});

test('a line over its bound is CLIENT_ERROR and closes, whether its end has come or not', () => {
  expect(parse('get abcd\n', { lineBytes: 8 }).requests).toEqual([{ ...aGet, queue: 'abcd' }]);
  expect(parse('get abcde\n', { lineBytes: 8 })).toEqual(closed('CLIENT_ERROR'));
  expect(parse('get abcde', { lineBytes: 8 })).toEqual(closed('CLIENT_ERROR'));
});

test('an item that comes in one piece is not copied', () => {
  const bytes = Buffer.from('set q 0 0 5\r\nhello\r\n');

  const [request] = new RequestParser().push(bytes);

  expect(request).toMatchObject({ kind: 'set' });
  expect(request?.kind === 'set' && request.data.buffer).toBe(bytes.buffer);
});
