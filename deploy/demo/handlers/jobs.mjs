import { hostname } from 'node:os';
import { defineJob } from 'tiercel';

// What the consumers of deploy/compose.yaml perform. Every module of this folder is loaded; mount another folder in its place.

/** The article's job; says who performed it. */
export const helloWorld = defineJob(
  'HelloWorld',
  { queue: 'hello_world', timeout: '30s' },
  ({ data }) => `Hello, world! ${data?.foo} (${hostname()})`,
);

/** Fails once and is tried again. */
export const second = defineJob('SecondTime', { queue: 'hello_world', backoff: { delay: '500ms' } }, ({ attempt }) => {
  if (attempt === 1) throw new Error('not yet');
  return `done (${hostname()})`;
});

/** Never works out, and so ends among the dead letters of its tenant. */
export const never = defineJob('Never', { queue: 'hello_world', attempts: 2, backoff: { delay: '200ms' } }, () => {
  throw new Error('no such luck');
});
