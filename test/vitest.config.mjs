import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const root = fileURLToPath(new URL('..', import.meta.url));
const MINUTE = 60_000;

/** Packages whose tests talk to a real server, or to a disk. */
const DRIVERS = ['nats', 'store-redis', 'store-lmdb', 'store-kestrel'];
/** Of the bench: real runs of it, in a tiny size. */
const BENCH = ['bench', 'kestrel/kestrel-bench'].map((name) => `test/bench/dist/${name}.test.js`);
/** Tests that start, block and kill processes, and so take their time. */
const PROCESSES = [
  'worker/dist/worker-process',
  'worker/dist/child-pool',
  'cli/dist/main',
  'supervisor/dist/guard',
  'kestrel-worker/dist/kestrel-consumer',
].map((name) => `packages/${name}.test.js`);

/**
 * Tests run on what was built. Everything under a dist folder is imported by Node itself, so a module exists once also for the
 * threads and processes that tests start, and nothing is transformed on the way.
 */
const project = (name, include, test = {}) => ({
  test: { name, root, include, pool: 'forks', server: { deps: { external: [/\/dist\//] } }, ...test },
});

export default defineConfig({
  test: {
    root,
    projects: [
      project('floors', ['test/support/dist/floors.test.js']),
      project('unit', ['{packages,services}/*/dist/**/*.test.js', 'test/bench/dist/**/*.test.js', 'examples/**/*.test.js'], {
        exclude: [...DRIVERS.map((name) => `packages/${name}/dist/**`), ...PROCESSES, ...BENCH],
        testTimeout: 10_000,
        isolate: false, // one process for many files: starting one for each takes longer than most tests
      }),
      project('conformance', [...DRIVERS.map((name) => `packages/${name}/dist/**/*.test.js`), ...PROCESSES], {
        testTimeout: 2 * MINUTE,
        hookTimeout: MINUTE,
      }),
      // one file at a time: they load the machine and measure
      project('durability', ['test/durability/dist/**/*.test.js'], {
        testTimeout: 20 * MINUTE,
        hookTimeout: MINUTE,
        fileParallelism: false,
      }),
      project('journey', ['test/journey/dist/**/*.test.js'], { testTimeout: 45 * MINUTE }),
      // one file at a time: they load the machine and measure
      project('system', ['test/{system,foreign}/dist/**/*.test.js', ...BENCH], {
        testTimeout: 5 * MINUTE,
        hookTimeout: MINUTE,
        fileParallelism: false,
      }),
      // in order, on one installation at a time
      project('compose', ['test/compose/dist/**/*.test.js'], {
        testTimeout: 3 * MINUTE,
        hookTimeout: 8 * MINUTE,
        fileParallelism: false,
        bail: 1,
      }),
    ],
  },
});
