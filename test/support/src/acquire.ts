import { getContainerRuntimeClient, ImageName } from 'testcontainers';
import { installPackage, newerNats } from './debian.js';
import { type Engine, onPath } from './engine.js';
import { nats } from './nats-server.js';
import { redis } from './redis-server.js';
import { type Server, startServer } from './server.js';
import { within } from './wait.js';

const BOUND = { engineMs: 3_000, pullMs: 60_000 } as const;

/** Real servers for a run of the tests. */
export interface Acquired {
  /** For the tests' environment: `TIERCEL_TEST_NATS`, `TIERCEL_TEST_REDIS`, and where servers of their own come from. */
  readonly env: Readonly<Record<string, string>>;
  release(): Promise<void>;
}

/**
 * Finds a NATS and a Redis: URLs in the environment; containers, where an engine answers and has or can pull the image; binaries
 * on the PATH; Debian's packages, when root. Says once where from; throws one line that says what to install.
 * `cacheDir` keeps what is downloaded.
 */
export async function acquire(say: (line: string) => void, cacheDir: string): Promise<Acquired> {
  const servers: Server[] = [];
  const env: Record<string, string> = {};
  for (const engine of [nats, redis]) Object.assign(env, await acquireOne(engine, say, servers));
  Object.assign(env, newerNats(cacheDir, say));
  return { env, release: async () => void (await Promise.all(servers.map((server) => server.stop()))) };
}

async function acquireOne(engine: Engine, say: (line: string) => void, servers: Server[]): Promise<Record<string, string>> {
  const variable = `TIERCEL_TEST_${engine.name.toUpperCase()}`;
  const source = await findSource(engine, variable);
  Object.assign(process.env, source);
  const given = process.env[variable];
  if (given) {
    say(`${engine.name}: ${variable} names ${given.replace(/\/\/.*@/, '//')}`);
    return { ...source, [variable]: given };
  }
  const server = await startServer(engine, {});
  servers.push(server);
  say(`${engine.name}: ${server.version} from ${Object.values(source).join()}, at ${server.url}`);
  return { ...source, [variable]: server.url };
}

/** The variable that tells where servers of this kind come from; none when only a URL is given. */
async function findSource(engine: Engine, variable: string): Promise<Record<string, string>> {
  if (await canRunImage(engine.image)) return { [`${variable}_IMAGE`]: engine.image };
  const binary = onPath(engine.command) ?? (process.env[variable] ? undefined : installPackage(engine.command));
  if (binary) return { [`${variable}_BIN`]: binary };
  if (process.env[variable]) return {};
  throw new Error(
    `no ${engine.name} for the tests: install ${engine.command} (Debian: apt-get install ${engine.command}) or Docker, or set ${variable} to a URL`,
  );
}

async function canRunImage(image: string): Promise<boolean> {
  try {
    const { image: images } = await within(BOUND.engineMs, 'the container engine', getContainerRuntimeClient());
    const name = ImageName.fromString(image);
    if (!(await within(BOUND.engineMs, 'the container engine', images.exists(name)))) {
      await within(BOUND.pullMs, `pulling ${image}`, images.pull(name));
    }
    return true;
  } catch {
    return false; // no engine, or no registry to pull from: the next way is tried
  }
}
