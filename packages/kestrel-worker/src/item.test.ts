import { expect, test } from 'vitest';
import { type Item, readItem, writeItem } from './item.js';

const bytesOf = (text: string) => new TextEncoder().encode(text);
const read = (text: string) => readItem(bytesOf(text));
const MARKED = { id: 'a', spent: 2, readyAtMs: 1_000, reason: 'EXIT: 1' };

test('an item of the article is a job', () => {
  expect(read('{"instance":"dev","jobName":"HelloWorld","data":{"foo":"bar"}}')).toMatchObject({
    instance: 'dev',
    name: 'HelloWorld',
    data: '{"foo":"bar"}',
    mark: undefined,
  });
});

test.each(['0', '""', '[]', 'false', 'null', '"0"', '12345678901234567890'])('data of %s is data', (data) => {
  expect(read(`{"instance":"dev","jobName":"A","data":${data}}`)).toMatchObject({ data });
});

test('no data is no data', () => {
  expect(read('{"instance":"dev","jobName":"A"}')).toMatchObject({ data: undefined });
});

test.each([
  ['', 'it is no JSON object'],
  ['hello', 'it is no JSON object'],
  ['["dev","A"]', 'it is no JSON object'],
  ['{"jobName":"A"}', 'it names no instance'],
  ['{"instance":"","jobName":"A"}', 'it names no instance'],
  ['{"instance":"dev"}', 'it names no job'],
  ['{"instance":"dev","jobName":7}', 'it names no job'],
  ['{"instance":"dev","jobName":"a\\u0000b"}', 'it names no job'],
])('%j is no job, because %s', (text, flaw) => {
  expect(read(text)).toBe(flaw);
});

test('what is no UTF-8 is no job', () => {
  expect(readItem(Uint8Array.of(0xff, 0xfe))).toBe('it is no JSON object');
});

test('a mark stands beside what the producer wrote, which stays as it is, and the next one takes its place', () => {
  const item = read('{ "instance":"dev", "n":1.0, "jobName":"A", "data":12345678901234567890 }') as Item;

  const once = writeItem(item, { ...MARKED, spent: 1 });
  const twice = writeItem(readItem(once) as Item, MARKED);

  expect(new TextDecoder().decode(twice)).toBe(
    `{"instance":"dev","n":1.0,"jobName":"A","data":12345678901234567890,"tiercel":${JSON.stringify(MARKED)}}`,
  );
  expect(readItem(twice)).toMatchObject({ mark: MARKED, data: '12345678901234567890' });
});

test('a job that was given up has its whole allowance when it is put back', () => {
  const item = read('{"instance":"dev","jobName":"A"}') as Item;

  const dead = readItem(writeItem(item, { id: 'a', attempts: 5, diedAtMs: 1_000, reason: 'EXIT: 1' }));

  expect(dead).toMatchObject({ mark: { id: 'a', spent: 0, readyAtMs: 0 } });
});

test.each(['7', 'null', '[]', '{"id":"a","spent":-1}', '{"id":"a","spent":"2"}', '{"spent":1}', '{"id":"a","readyAtMs":1e300}'])(
  'what is no mark (%s) is taken for none',
  (mark) => {
    expect(read(`{"instance":"dev","jobName":"A","tiercel":${mark}}`)).toMatchObject({ mark: undefined, name: 'A' });
  },
);
