import { realRandom } from '@tiercel/actors';
import { expect, test } from 'vitest';
import { type Frame, frame } from './frame.js';
import { Switchboard } from './switchboard.js';

test('who serves something else under the same number serves what it served before no more', () => {
  const switchboard = new Switchboard(realRandom);
  const [served, told]: [string[], string[]] = [[], []];
  const server = switchboard.connect(({ kind, text }: Frame) => void served.push(`${kind} ${text}`.trim()));
  const asker = switchboard.connect(({ kind }: Frame) => void told.push(kind));
  server.take(frame('serve', { serving: 1, text: 'mail.a' }));
  server.take(frame('serve', { serving: 1, text: 'mail.b' }));

  asker.take(frame('message', { id: 1, text: 'mail.a' }));
  asker.take(frame('message', { id: 2, text: 'mail.b' }));

  expect([served, told]).toEqual([['reply', 'reply', 'message mail.b'], ['unserved']]);
});
