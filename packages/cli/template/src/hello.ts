import { defineJob } from 'tiercel';
import { z } from 'zod';

export const hello = defineJob(
  'Hello',
  { queue: 'hello', data: z.object({ name: z.string() }), attempts: 3, backoff: { delay: '1s' }, timeout: '30s' },
  async ({ data, log }) => {
    log.info({ whom: data.name }, 'greeting');
    return `Hello, ${data.name}!`;
  },
);
