import type { Engine, ServerOptions } from './engine.js';
import { firstWords } from './port.js';
import { type Server, startServer } from './server.js';

export const redis: Engine = {
  name: 'redis',
  image: 'redis:7-bookworm',
  command: 'redis-server',
  containerPort: 6379,
  readyLine: /Ready to accept connections/,
  url: (host, port) => `redis://${host}:${port}`,
  config: ({ host, port, dir, config = '' }) =>
    `bind ${host}\nport ${port}\ndir ${dir}\nprotected-mode no\nset-proc-title no\nsave ""\nappendonly yes\nappendfsync everysec\n${config}\n`,
  args: (configFile) => [configFile],
  async probe(host, port) {
    const answer = await firstWords(host, port, 'INFO server persistence\r\n');
    if (answer?.startsWith('-NOAUTH')) return 'unknown';
    // while it loads its data it answers this, and little else
    return answer && /^loading:0/m.test(answer) ? /redis_version:(\S+)/.exec(answer)?.[1] : undefined;
  },
};

/** A Redis on a free port of 127.0.0.1, append-only with an fsync every second. `config` lines come last and win. */
export const startRedis = (options: ServerOptions = {}): Promise<Server> => startServer(redis, options);
