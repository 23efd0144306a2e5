import { silentLog } from '@tiercel/actors';
import { openRedisStore } from '@tiercel/store-redis';
import { startRedis, tool } from '@tiercel/test-support';
import { type DurableEngine, SHARDS } from './engine.js';

/** The append-only file is rewritten again and again, so that cuts fall into that too. */
const REWRITES = 'auto-aof-rewrite-percentage 50\nauto-aof-rewrite-min-size 32kb';

/** A Redis of this machine: the shim cannot be put into a container's. */
export const redisEngine = (appendfsync: 'always' | 'everysec'): DurableEngine => ({
  name: `Redis with appendfsync ${appendfsync}`,
  tear: 'torn',
  async start(dir, env) {
    const config = `dir ${dir}\nappendfsync ${appendfsync}\n${REWRITES}`;
    const server = await startRedis({ binary: tool('redis-server'), config, env });
    return {
      open: () => openRedisStore({ url: server.url, namespace: 'cut', shards: SHARDS, log: silentLog }),
      stop: () => server.stop(),
    };
  },
});
