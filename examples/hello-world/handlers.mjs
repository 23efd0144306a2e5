import { defineJob } from 'tiercel';

/** The article's job. `tiercel start consumer --handlers examples/hello-world/handlers.mjs` performs it. */
export const helloWorld = defineJob(
  'HelloWorld',
  { queue: 'hello_world', timeout: '30s' },
  ({ data }) => `Hello, world! ${data?.foo}`,
);
