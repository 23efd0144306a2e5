import fc from 'fast-check';
import { expect, test } from 'vitest';
import { membersOf, objectOf } from './json-members.js';

test('members are taken as they are written', () => {
  const json = ' { "a" : 12345678901234567890 ,"b":1.0, "c" :[1, {"x":"]}"} ], "\\u0064":"\\"}" , "e":null}\r\n';

  expect(membersOf(json)).toEqual([
    { key: 'a', value: '12345678901234567890' },
    { key: 'b', value: '1.0' },
    { key: 'c', value: '[1, {"x":"]}"} ]' },
    { key: 'd', value: '"\\"}"' },
    { key: 'e', value: 'null' },
  ]);
});

test.each(['[]', '"{}"', '7', 'null'])('%s is no object', (json) => {
  expect(membersOf(json)).toBeUndefined();
});

test.each(['', '{', '{"a":}', "{'a':1}", '{"a":1}x'])('%j is not sound', (json) => {
  expect(() => membersOf(json)).toThrow(SyntaxError);
});

test('whatever an object holds, each member says what it says, and together they say the same', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.constantFrom(undefined, 1, '\t'), (object, indent) => {
      const members = membersOf(JSON.stringify(object, undefined, indent)) ?? [];

      expect(Object.fromEntries(members.map(({ key, value }) => [key, JSON.parse(value)]))).toEqual(
        JSON.parse(JSON.stringify(object)),
      );
      expect(JSON.parse(objectOf(members))).toEqual(JSON.parse(JSON.stringify(object)));
    }),
  );
});
