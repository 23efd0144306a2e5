import { createTestKit } from '@tiercel/actors/testing';
import { expect, test } from 'vitest';
import { answerPresent, askPresent } from './index.js';

/** A consumer that answers for itself, and somebody who asks for it. */
async function setup() {
  const kit = createTestKit();
  const asker = kit.hub.connect('supervisor');
  await answerPresent(kit.hub.connect('consumer', kit.clockOf('consumer')), 'tiercel', 'a.consumer:1');
  const ask = async (instance = 'a.consumer:1') => {
    const asking = askPresent(asker, 'tiercel', instance);
    await kit.advance(2_000);
    return asking;
  };
  return { kit, ask };
}

test('who is connected is present, and nobody of another name is', async () => {
  const { ask } = await setup();

  expect([await ask(), await ask('a')]).toEqual(['present', 'absent']);
});

test('who is cut off is silent: that may be this end’s fault', async () => {
  const { kit, ask } = await setup();
  kit.cut('supervisor', 'consumer');

  expect(await ask()).toBe('silent');
});

test('who died is absent at once', async () => {
  const { kit, ask } = await setup();
  kit.kill('consumer');

  expect(await ask()).toBe('absent');
});
