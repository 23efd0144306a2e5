import { decodeData } from '@tiercel/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { itemOf, readArticle } from './item.js';

const utf8 = (text: string) => new TextEncoder().encode(text);
const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_-]{0,20}$/).filter((each) => !each.startsWith('x--'));
const jobName = fc.stringMatching(/^[\x21-\x7e]{1,30}$/);

/** As `json_encode` of PHP writes what JSON.stringify wrote. */
const asPhp = (json: string) =>
  json.replaceAll('/', '\\/').replace(/[\u0080-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);

test('what PHP writes comes back byte for byte', () => {
  fc.assert(
    fc.property(name, jobName, fc.jsonValue(), (instance, job, data) => {
      const item = asPhp(JSON.stringify({ instance, jobName: job, data }));

      const article = readArticle(utf8(item));
      expect(article).toMatchObject({ tenant: instance, name: job });
      expect(decodeData(article?.payload as Uint8Array, 'json')).toEqual(JSON.parse(JSON.stringify(data)));
      expect(
        Buffer.from(itemOf({ tenant: instance, name: job, encoding: 'json', payload: article?.payload as Uint8Array })),
      ).toEqual(Buffer.from(item));
    }),
  );
});

test('however it is written, its data mean the same', () => {
  fc.assert(
    fc.property(
      fc.shuffledSubarray(['instance', 'jobName', 'data'], { minLength: 3 }),
      fc.jsonValue(),
      fc.nat(4),
      (order, data, indent) => {
        const all: Record<string, unknown> = { instance: 'dev', jobName: 'X', data };
        const item = JSON.stringify(Object.fromEntries(order.map((key) => [key, all[key]])), null, indent);

        const article = readArticle(utf8(item));
        expect(decodeData(article?.payload as Uint8Array, 'json')).toEqual(JSON.parse(JSON.stringify(data)));
      },
    ),
  );
});

test.each(['{"instance":"dev","jobName":"X"}', '{"instance":"dev","jobName":"X","data":null}'])(
  '%s comes back as it is',
  (item) => {
    const article = readArticle(utf8(item));

    expect(decodeData(article?.payload as Uint8Array, 'json')).toBeNull();
    expect(
      Buffer.from(itemOf({ tenant: 'dev', name: 'X', encoding: 'json', payload: article?.payload as Uint8Array })).toString(),
    ).toBe(item);
  },
);

test('whatever bytes an item has, reading it throws nothing', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array(),
        fc.json().map(utf8),
        fc.string().map((text) => utf8(`{"instance":${text}}`)),
      ),
      (item) => {
        readArticle(item);
      },
    ),
  );
});

test('an instance that is no name of ours is a tenant all the same, and is called as before when it comes back', () => {
  const article = readArticle(utf8('{"instance":"my.tenant","jobName":"X","data":1}'));

  expect(article?.tenant).toBe('x--my_2etenant');
  expect(Buffer.from(itemOf({ tenant: 'x--my_2etenant', name: 'X', encoding: 'json', payload: utf8('1') })).toString()).toBe(
    '{"instance":"my.tenant","jobName":"X","data":1}',
  );
  expect(readArticle(utf8(`{"instance":"${'x'.repeat(64)}","jobName":"X"}`))).toBeUndefined();
});
