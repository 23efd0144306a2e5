import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { storyStream } from './story.js';

function told(line: object): string {
  let text = '';
  const out = new Writable({
    write(chunk, _encoding, done) {
      text += chunk;
      done();
    },
  });
  storyStream(out, false).write(JSON.stringify({ level: 'info', service: 'consumer', pid: 7, ...line }));
  return text;
}

test.each([
  [
    { level: 'debug', msg: 'job done', name: 'HelloWorld', tenant: 'acme', tookMs: 2, attempt: 1 },
    'performed HelloWorld for acme in 2 ms (attempt 1)',
  ],
  [{ level: 'debug', msg: 'storage called', verb: 'enqueue', items: 1, tookMs: 0.2 }, 'stored 1 job in 1 ms'],
  [{ level: 'warn', msg: 'nats connection lost', url: 'nats://x' }, 'warn: nats connection lost (url=nats://x)'],
  [{ level: 'error', msg: 'service failed', err: { type: 'Error', message: 'no' } }, 'error: service failed (err=no)'],
])('a line that a newcomer should read is a sentence', (line, sentence) => {
  expect(told(line)).toBe(`[consumer 7] ${sentence}\n`);
});

test('a fleet that is ready says what to do in another shell, and what ends with it', () => {
  const line = { msg: 'fleet ready', nats: 'nats://127.0.0.1:4222', namespace: 'tiercel', consumers: 1, demo: true };

  expect(told({ ...line, ownStorage: true })).toBe(`
Ready. In another shell:
  export TIERCEL_NATS_URL=nats://127.0.0.1:4222
  npx tiercel enqueue hello_world HelloWorld '{"foo":"bar"}'
Ctrl-C ends it, and its jobs end with it.

`);
  expect(told({ ...line, ownStorage: false, namespace: 'shop' })).toMatch(/TIERCEL_NAMESPACE=shop\n.*\nCtrl-C ends it\.\n/);
  expect(told({ ...line, nats: '', consumers: 0 })).toMatch(/other shells cannot reach.*\nNobody performs jobs/);
  expect(told({ ...line, socket: '.tiercel/tiercel/socket' })).toMatch(/^\nReady.*in this folder:\n {2}npx tiercel enqueue /);
  expect(told({ ...line, socket: '/x/socket' })).toMatch(/in this folder:\n {2}export TIERCEL_SOCKET=\/x\/socket\n {2}npx/);
});

test.each([
  [{ level: 'debug', msg: 'reserve planned' }],
  [{ level: 'debug', msg: 'storage called', verb: 'promote', items: 3, tookMs: 1 }],
  [{ level: 'info', msg: 'drain began' }],
])('a line that only an operator wants is left out', (line) => {
  expect(told(line)).toBe('');
});
