import { createHub } from './hub.js';
import { describeTransport } from './testing/index.js';

describeTransport('hub', async () => {
  const hub = createHub();
  return { connect: async () => hub.connect(), close: async () => {} };
});
