import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KESTREL_LIMITS, type ParserBounds, TextParser, type TextRequest } from './index.js';

const bytesOf = (text: string): Buffer => Buffer.from(text, 'latin1');

/** What comes of bytes that arrive in these pieces; items as text. */
function parse(chunks: readonly Uint8Array[], bounds: ParserBounds = {}) {
  const parser = new TextParser(bounds);
  const requests = chunks.flatMap((chunk) => parser.push(chunk).map(told));
  return { requests, ended: parser.ended };
}

const told = (request: TextRequest) =>
  request.kind === 'put' ? { ...request, items: request.items.map((item) => Buffer.from(item).toString('latin1')) } : request;

const parsed = (text: string, bounds?: ParserBounds) => parse([bytesOf(text)], bounds);

const aPut = { kind: 'put', queue: 'q', items: ['hello'], dropped: 0 };
const fault = (message: string, close = false) => ({ kind: 'fault', message, close });

test.each<[string, object]>([
  ['put q:\nhello\n\n', aPut],
  ['put q:\r\nhello\r\n\r\n', aPut],
  ['PUT q:\nhello\n\n', aPut],
  ['put q 500:\nhello\n\n', { ...aPut, expiryMs: 500 }],
  ['put q -1:\nhello\n\n', { ...aPut, expiryMs: -1 }],
  ['put q 0:\nhello\n\n', { ...aPut, expiryMs: 0 }],
  ['put q :\nhello\n\n', aPut],
  ['put q:\na\nb c:\n d \n\n', { ...aPut, items: ['a', 'b c:', ' d '] }],
  ['put q:\nget q\nquit\n\n', { ...aPut, items: ['get q', 'quit'] }],
  ['put q:\na\rb\n\n', { ...aPut, items: ['a\rb'] }],
  ['put q:\n\x00\xff\n\n', { ...aPut, items: ['\x00\xff'] }],
  ['put q:\n\n', { ...aPut, items: [] }],
  ['put q\n', { ...aPut, items: [] }],
  ['put ns:q:\nhello\n\n', { ...aPut, queue: 'ns:q' }],
  ['put q+child:\nhello\n\n', { ...aPut, queue: 'q+child' }],
  ['get q\n', { kind: 'get', queue: 'q', waitMs: 0 }],
  ['get q 250\r\n', { kind: 'get', queue: 'q', waitMs: 250 }],
  ['get q -250\n', { kind: 'get', queue: 'q', waitMs: 0 }],
  ['get q 250 more\n', { kind: 'get', queue: 'q', waitMs: 250 }],
  ['get q  \n', { kind: 'get', queue: 'q', waitMs: 0 }],
  ['get q:\nlost\n\n', { kind: 'get', queue: 'q', waitMs: 0 }],
  ['Peek q 9\n', { kind: 'peek', queue: 'q', waitMs: 9 }],
  ['monitor q 100\n', { kind: 'monitor', queue: 'q', waitMs: 100 }],
  ['confirm q 3\n', { kind: 'confirm', queue: 'q', count: 3 }],
  ['flush q\n', { kind: 'flush', queue: 'q' }],
  ['delete q\n', { kind: 'delete', queue: 'q' }],
  ['status\n', { kind: 'status' }],
  ['status readOnly\n', { kind: 'status', level: 'READONLY' }],
  ['version\n', { kind: 'version' }],
  ['shutdown\n', { kind: 'shutdown' }],
])('%j is understood', (text, request) => {
  expect(parsed(text)).toEqual({ requests: [request], ended: false });
});

test.each([
  ['put:\nhello\n\n', 'Queue name required.'],
  ['put  500:\nhello\n\n', 'Queue name required.'],
  ['put q soon:\nhello\n\n', 'Error parsing expiration time.'],
  ['put q 2147483648:\nhello\n\n', 'Error parsing expiration time.'],
  ['put a.b:\nhello\n\n', 'Illegal queue name.'],
  ['get\n', 'Queue name required.'],
  ['get q soon\n', 'Error parsing timeout.'],
  ['get q/open\n', 'Illegal queue name.'],
  ['peek\n', 'Queue name required.'],
  ['peek q 1.5\n', 'Error parsing timeout.'],
  ['monitor q\n', 'Queue name & timeout required.'],
  ['monitor q x\n', 'Error parsing timeout.'],
  ['confirm q\n', 'Queue name & count required.'],
  ['confirm q x\n', 'Error parsing count.'],
  ['flush\n', 'Queue name required.'],
  ['delete\n', 'Queue name required.'],
  ['status sideways\n', 'Unknown status.'],
  ['set q 0 0 5\n', 'Unknown command: set'],
  ['\n', 'Unknown command: '],
  [' get q\n', 'Unknown command: '],
  [':\nhello\n\n', 'Unknown command: '],
])('%j is refused, and the connection stays', (text, message) => {
  expect(parsed(text)).toEqual({ requests: [fault(message)], ended: false });
  expect(parsed(`${text}get q\n`).requests).toHaveLength(2);
});

test('nothing is read after quit', () => {
  expect(parsed('QUIT\r\nget q\n')).toEqual({ requests: [{ kind: 'quit' }], ended: true });
});

test('the line behind the 1,024th item ends a put, whatever is in it', () => {
  const items = Array.from({ length: KESTREL_LIMITS.putItems }, (_, at) => `${at}`);

  const { requests } = parsed(`put q:\n${[...items, 'flush q', 'get q'].join('\n')}\n`);

  expect(requests).toEqual([
    { ...aPut, items },
    { kind: 'get', queue: 'q', waitMs: 0 },
  ]);
});

test('a put of 1,024 items and its empty line takes no line of what follows', () => {
  const items = Array.from({ length: KESTREL_LIMITS.putItems }, () => 'x');
  expect(parsed(`put q:\n${items.join('\n')}\n\nversion\n`).requests).toEqual([{ ...aPut, items }, { kind: 'version' }]);
});

test('an item over its bound is dropped, and told; those around it are kept', () => {
  const bounds = { lineBytes: 16, itemBytes: 8 };

  const { requests } = parsed(`put q:\n12345678\r\n123456789\n${'x'.repeat(500)}\nend\n\nversion\n`, bounds);

  expect(requests).toEqual([{ ...aPut, items: ['12345678', 'end'], dropped: 2 }, { kind: 'version' }]);
});

test('a put over its bound keeps its beginning', () => {
  const item = 'x'.repeat(KESTREL_LIMITS.itemBytes);
  const most = KESTREL_LIMITS.putBytes / KESTREL_LIMITS.itemBytes;

  const { requests } = parsed(`put q:\n${`${item}\n`.repeat(most + 2)}y\n\nversion\n`);

  expect(requests).toMatchObject([{ kind: 'put', dropped: 3 }, { kind: 'version' }]);
  expect(requests[0]?.kind === 'put' && requests[0].items).toHaveLength(most);
});

test('a line over its bound is refused with what belongs to it, and the connection stays', () => {
  const bounds = { lineBytes: 8, itemBytes: 100 };
  expect(parsed(`get ${'q'.repeat(5)}\nversion\n`, bounds).requests).toEqual([fault('Line too long.'), { kind: 'version' }]);
  expect(parsed(`put ${'q'.repeat(5)}:\nflush q\n\nversion\n`, bounds).requests).toEqual([
    fault('Line too long.'),
    { kind: 'version' },
  ]);
});

test.each(['', '\nversion\n'])('a line of which nobody saw the end closes: what follows might be items', (tail) => {
  expect(parsed(`${'q'.repeat(50)}${tail}`, { lineBytes: 8, itemBytes: 16 })).toEqual({
    requests: [fault('Line too long.', true)],
    ended: true,
  });
});

test('requests are the same however the bytes were cut', () => {
  const word = fc.constantFrom('put', 'PUT', 'get', 'peek', 'monitor', 'confirm', 'flush', 'status', 'version', 'x', '');
  const text = fc.stringMatching(/^[ -~\r\x80-\xff]{0,12}$/);
  const line = fc.oneof(
    fc.tuple(
      word,
      fc.constantFrom(' q', ' a.b', ''),
      fc.constantFrom('', ' 5', ' x', ' -1'),
      fc.constantFrom('', ':', '\r', ':\r'),
    ),
    fc.tuple(text),
    fc.constant(['']),
  );
  const lines = fc.array(line, { maxLength: 20 }).map((all) => all.map((parts) => `${parts.join('')}\n`).join(''));
  fc.assert(
    fc.property(lines, fc.array(fc.nat({ max: 400 }), { maxLength: 30 }), (sent, cuts) => {
      const bytes = bytesOf(sent);
      const places = [...new Set(cuts.filter((at) => at < bytes.length))].sort((a, b) => a - b);
      const chunks = [0, ...places].map((from, at) => bytes.subarray(from, places[at] ?? bytes.length));
      const bounds = { lineBytes: 10, itemBytes: 8 };
      const whole = parse([bytes], bounds);
      expect(parse(chunks, bounds)).toEqual(whole);
      expect(
        parse(
          Array.from(bytes, (byte) => Uint8Array.of(byte)),
          bounds,
        ),
      ).toEqual(whole);
    }),
    { numRuns: 2_000 },
  );
});

test('any bytes are requests or faults, and nothing throws', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 20 }), (chunks) => {
      const { requests } = parse(chunks, { lineBytes: 20, itemBytes: 10 });
      for (const request of requests) expect(request.kind).not.toBe('');
    }),
    { numRuns: 2_000 },
  );
});
