import { GenericContainer, getContainerRuntimeClient, type StartedTestContainer, Wait } from 'testcontainers';
import type { Engine, ServerOptions } from './engine.js';
import { register } from './leftovers.js';
import { freePort } from './port.js';
import type { Server } from './server.js';
import { eventually } from './wait.js';

const CONFIG = '/etc/tiercel-test.conf';
const BOUND = { startMs: 30_000, stopMs: 5_000 } as const;

/** Starts the image on a free port of this machine that stays the same over restarts. */
export async function startInContainer(engine: Engine, image: string, options: ServerOptions): Promise<Server> {
  process.env.TESTCONTAINERS_RYUK_DISABLED = 'true'; // its reaper is one more image to pull; what we start we register and stop
  const port = await freePort();
  const content = engine.config({ ...options, host: '0.0.0.0', port: engine.containerPort, dir: '/data' });
  const container = await new GenericContainer(image)
    .withExposedPorts({ container: engine.containerPort, host: port })
    .withCopyContentToContainer([{ content, target: CONFIG }])
    .withEnvironment({ ...options.env })
    .withCommand([engine.command, ...engine.args(CONFIG)])
    .withWaitStrategy(Wait.forLogMessage(engine.readyLine))
    .withStartupTimeout(BOUND.startMs)
    .start();
  return serverIn(container, engine, port);
}

async function serverIn(container: StartedTestContainer, engine: Engine, port: number): Promise<Server> {
  const forget = register({ container: container.getId() });
  const handle = (await getContainerRuntimeClient()).container.getById(container.getId());
  const host = container.getHost();
  const ready = () => eventually(() => engine.probe(host, port), { withinMs: BOUND.startMs, what: engine.image });
  return {
    url: engine.url(host, port),
    version: await ready(),
    pid: undefined,
    async stop() {
      await container.stop({ timeout: BOUND.stopMs });
      forget();
    },
    kill: () => handle.kill(),
    freeze: () => handle.pause(),
    thaw: () => handle.unpause(),
    async restart() {
      await handle.restart({ t: BOUND.stopMs / 1_000 });
      await ready();
    },
  };
}
