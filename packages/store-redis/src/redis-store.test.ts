import { checkAgainstModel, describeJobStore } from '@tiercel/store/testing';
import { expect, test } from 'vitest';
import { opener, redisUrl } from './redis.test.kit.js';

const url = await redisUrl();

describeJobStore('Redis', opener(url), { driver: 'redis' });

test('Redis answers as the model does, whatever is asked of both', async () => {
  const seen = await checkAgainstModel(opener(url), { sequences: 300, commands: 60, seed: 20_261_122 });

  expect(seen.get('settle OK')).toBeGreaterThan(1_000);
}, 120_000);
