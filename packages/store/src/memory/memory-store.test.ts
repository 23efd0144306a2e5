import { describeJobStore } from '../testing/index.js';
import { openMemoryStore } from './memory-store.js';

describeJobStore('memory', async (options) => {
  const store = openMemoryStore(options);
  return { store, close: () => store.close() };
});
