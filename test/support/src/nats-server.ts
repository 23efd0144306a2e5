import type { Engine, ServerOptions } from './engine.js';
import { firstWords } from './port.js';
import { type Server, startServer } from './server.js';

export const nats: Engine = {
  name: 'nats',
  image: 'nats:2.10-alpine',
  command: 'nats-server',
  containerPort: 4222,
  readyLine: /Server is ready/,
  url: (host, port) => `nats://${host}:${port}`,
  config: ({ host, port, config = '' }) => `listen: "${host}:${port}"\n${config}\n`,
  args: (configFile) => ['--config', configFile],
  async probe(host, port) {
    const info = await firstWords(host, port);
    return info && /"version":"([^"]+)"/.exec(info)?.[1];
  },
};

/** A NATS server on a free port of 127.0.0.1. `config` may hold anything but `listen`. */
export const startNats = (options: ServerOptions = {}): Promise<Server> => startServer(nats, options);
