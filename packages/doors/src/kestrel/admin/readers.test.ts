import { createTestKit } from '@tiercel/actors/testing';
import { expect, test } from 'vitest';
import { plainText } from './plain-text.js';
import { READER_BOUNDS, Readers } from './readers.js';
import { bodyOf, type Report, since } from './report.js';

/** Readers of counters that a test moves. */
function setup() {
  const kit = createTestKit({ seed: 1 });
  const counters = new Map<string, number>();
  const scene = { items: 0, down: false, taken: 0 };
  const take = async (): Promise<Report> => {
    scene.taken++;
    if (scene.down) throw new Error('nobody is there');
    return { counters: new Map(counters), gauges: new Map([['items', scene.items]]), labels: new Map() };
  };
  const readers = new Readers(take, kit.clock);
  return {
    ...kit,
    scene,
    readers,
    add: (name: string, by: number) => counters.set(name, (counters.get(name) ?? 0) + by),
    told: async (reading: Promise<Report> | undefined) => {
      await kit.settle();
      return Object.fromEntries((await reading)?.counters ?? []);
    },
  };
}

test('a namespace is told everything first, then what came since it last asked, whatever others ask', async () => {
  const { readers, add, told } = setup();
  add('cmd_set', 5);

  expect(await told(readers.namespace('mine'))).toEqual({ cmd_set: 5 });
  add('cmd_set', 2);
  add('cmd_get', 1);
  expect(await told(readers.namespace('other'))).toEqual({ cmd_set: 7, cmd_get: 1 });
  expect(await told(readers.namespace('mine'))).toEqual({ cmd_set: 2, cmd_get: 1 });
  expect(await told(readers.namespace('mine'))).toEqual({ cmd_set: 0, cmd_get: 0 });
});

test('of more namespaces than are remembered the one silent for longest begins anew', async () => {
  const { readers, add, told } = setup();
  add('cmd_set', 5);
  for (let at = 0; at < READER_BOUNDS.namespaces; at++) await told(readers.namespace(`n${at}`));
  await told(readers.namespace('n0'));

  await told(readers.namespace('one more'));

  expect(await told(readers.namespace('n0'))).toEqual({ cmd_set: 0 });
  expect(await told(readers.namespace('n1'))).toEqual({ cmd_set: 5 });
});

test('a period is told as it ended last, gauges too, for as long as the next lasts', async () => {
  const { readers, add, told, advance, scene } = setup();
  add('cmd_set', 5);
  expect(await told(readers.period(60_000))).toEqual({ cmd_set: 5 });

  add('cmd_set', 3);
  scene.items = 3;
  await advance(59_000);
  expect(await told(readers.period(60_000))).toEqual({ cmd_set: 5 });
  await advance(1_000);
  add('cmd_set', 100);
  scene.items = 103;
  expect(await told(readers.period(60_000))).toEqual({ cmd_set: 3 });
  expect((await readers.period(60_000))?.gauges.get('items')).toBe(3);
  await advance(60_000);
  expect(await told(readers.period(60_000))).toEqual({ cmd_set: 100 });
});

test('a period that nobody asks for ends, and begins anew', async () => {
  const { readers, add, told, advance, scene } = setup();
  add('cmd_set', 5);
  await told(readers.period(1_000));
  await advance(1_000 * (READER_BOUNDS.idlePeriods + 5));
  const { taken } = scene;

  await advance(100_000);

  expect(scene.taken).toBe(taken);
  expect(await told(readers.period(1_000))).toEqual({ cmd_set: 5 });
});

test('a period in which the counters were not to be had is told with the next', async () => {
  const { readers, add, told, advance, scene } = setup();
  await told(readers.period(1_000));
  add('cmd_set', 1);
  scene.down = true;
  await advance(1_000);
  add('cmd_set', 1);
  scene.down = false;

  await advance(1_000);

  expect(await told(readers.period(1_000))).toEqual({ cmd_set: 2 });
});

test('a period that could not begin is no period', async () => {
  const { readers, told, scene, settle } = setup();
  scene.down = true;
  const failed = readers.period(1_000);
  await expect(failed).rejects.toThrow('nobody is there');
  await settle();
  scene.down = false;
  expect(await told(readers.period(1_000))).toEqual({});
});

test('there are so many periods and not one more, and none after the end', async () => {
  const { readers, told, advance, scene } = setup();
  for (let at = 1; at <= READER_BOUNDS.periods; at++) await told(readers.period(at * 1_000));
  expect(readers.period(500_000)).toBeUndefined();
  expect(readers.period(1_000)).toBeDefined();

  readers.close();
  const { taken } = scene;
  await advance(20_000);

  expect(scene.taken).toBe(taken);
});

test('a counter that became smaller began anew', () => {
  const report = { counters: new Map([['q/mail/total_items', 2]]), gauges: new Map(), labels: new Map() };
  expect(bodyOf(since(new Map([['q/mail/total_items', 9]]), report)).counters).toEqual({ 'q/mail/total_items': 2 });
});

test('as plain text names stand in order, each level two blanks deeper', () => {
  expect(plainText('pong')).toBe('pong\n');
  expect(plainText({ gauges: { b: 2, a: 1.5 }, counters: {}, labels: { version: '2.4.8' } })).toBe(
    'counters:\ngauges:\n  a: 1.5\n  b: 2\nlabels:\n  version: 2.4.8\n',
  );
});
