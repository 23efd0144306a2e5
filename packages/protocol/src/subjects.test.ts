import fc from 'fast-check';
import { expect, test } from 'vitest';
import { aName } from './arbitraries.test.kit.js';
import { brokerPath, everyTenant, isReplySubject, readStamp, sysPath } from './subjects.js';

test('the subject of a request says whose it is, what it asks and for which queue', () => {
  expect(readStamp('tiercel.enterprise.acme.enqueue.hello_world')).toEqual({
    namespace: 'enterprise',
    tenant: 'acme',
    verb: 'enqueue',
    queue: 'hello_world',
  });
  expect(readStamp('tiercel.enterprise._pool.reserve._any')).toMatchObject({ tenant: '_pool', queue: '_any' });
});

test('every path a ref is made of is read back', () => {
  fc.assert(
    fc.property(aName, aName, aName, aName, (namespace, tenant, verb, queue) => {
      expect(readStamp(`${brokerPath(namespace, tenant)}.${verb}.${queue}`)).toEqual({ namespace, tenant, verb, queue });
    }),
  );
});

const long = 'x'.repeat(64);
test.each([
  '',
  '.',
  'tiercel',
  'tiercel.ns.acme.enqueue',
  'tiercel.ns.acme.enqueue.',
  'tiercel.ns.acme.enqueue.mail.',
  'tiercel.ns.acme.enqueue.mail.more',
  '.tiercel.ns.acme.enqueue.mail',
  'tiercel..acme.enqueue.mail',
  'tiercel.ns..enqueue.mail',
  'tiercel.ns.acme..mail',
  'tiercel.ns.acme.enqueue.*',
  'tiercel.ns.acme.enqueue.>',
  'tiercel.ns.*.enqueue.mail',
  'tiercel.*.acme.enqueue.mail',
  'tiercel.ns.acme.*.mail',
  'tiercel.ns.acme.enqueue.a*',
  'tiercel.ns._sys.enqueue.mail',
  'tiercel.ns._any.enqueue.mail',
  'tiercel.ns.acme.enqueue._pool',
  'tiercel.ns.acme.enqueue.mail\n',
  'tiercel.ns.acme.enqueue.mail out',
  'tiercel.ns.acme.enqueue.mäil',
  'other.ns.acme.enqueue.mail',
  'TIERCEL.ns.acme.enqueue.mail',
  `tiercel.${long}.acme.enqueue.mail`,
  `tiercel.ns.${long}.enqueue.mail`,
  `tiercel.ns.acme.${long}.mail`,
  `tiercel.ns.acme.enqueue.${long}`,
])('%j is not a request', (subject) => {
  expect(readStamp(subject)).toBeUndefined();
});

test('any text either is no request or is exactly what its stamp says', () => {
  const token = fc.oneof(aName, fc.constantFrom('tiercel', '*', '>', '', '_any', '_pool', '_sys'), fc.string());
  fc.assert(
    fc.property(fc.array(token, { minLength: 4, maxLength: 6 }), (tokens) => {
      const stamp = readStamp(tokens.join('.'));
      if (stamp) expect(tokens.join('.')).toBe(`tiercel.${stamp.namespace}.${stamp.tenant}.${stamp.verb}.${stamp.queue}`);
    }),
    { numRuns: 1_000 },
  );
});

test.each(['_INBOX.a', '_INBOX', '_R_.x.y', '_INBOX_acme.Ab9', `_INBOX.${'x'.repeat(248)}`])('%j may be answered on', (subject) => {
  expect(isReplySubject(subject)).toBe(true);
});

test.each([
  '',
  'INBOX.a',
  'tiercel.ns.acme.enqueue.mail',
  ' _INBOX.a',
  '_INBOX.',
  '_INBOX..a',
  '_INBOX.*',
  '_INBOX.>',
  '_INBOX.a*',
  '_INBOX.a b',
  '_INBOX.a\r\nPUB x',
  '_INBOX.é',
  `_INBOX.${'x'.repeat(249)}`,
])('%j is never answered on', (subject) => {
  expect(isReplySubject(subject)).toBe(false);
});

test('paths are made of names only', () => {
  expect([everyTenant('ns'), sysPath('ns', 'brokers'), brokerPath('ns', '_pool')]).toEqual([
    'tiercel.ns.*',
    'tiercel.ns._sys.brokers',
    'tiercel.ns._pool',
  ]);
  for (const make of [() => everyTenant('*'), () => sysPath('', 'x'), () => brokerPath('ns', '_sys'), () => brokerPath('a.b', 'c')])
    expect(make).toThrow(expect.objectContaining({ code: 'BAD_NAME' }));
});
