import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { eventually, freePort, register } from '@tiercel/test-support';
import { getContainerRuntimeClient } from 'testcontainers';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '');
const COMPOSE_MS = 300_000;
const HEALTHY_MS = 60_000;
const exec = promisify(execFile);

/** A running container of a service. */
export interface Part {
  readonly id: string;
  readonly service: string;
  /** What a process in it takes for the name of its machine. */
  readonly host: string;
}

/** A line of the supervisor's log. */
interface LogLine {
  readonly msg: string;
  readonly time: string;
  readonly consumer?: string;
}

type Runtime = Awaited<ReturnType<typeof getContainerRuntimeClient>>;

/** An installation from deploy/compose.yaml, under a name of its own, and what one does to it through the engine. */
export class Fleet {
  readonly #project = `tiercel-test-${process.pid}`;
  readonly #runtime: Runtime;
  readonly #env: Record<string, string | undefined>;
  readonly #files: readonly string[];
  readonly #forget: () => void;

  private constructor(runtime: Runtime, env: Record<string, string>, overlays: readonly string[]) {
    this.#runtime = runtime;
    this.#files = ['deploy/compose.yaml', ...overlays, 'test/compose/compose.yaml'].flatMap((file) => ['-f', `${ROOT}/${file}`]);
    this.#env = { ...process.env, ...env };
    this.#forget = register({ project: this.#project });
  }

  /** Nothing runs yet. `ledgerDir` is mounted by consumers; `overlays` are files beside deploy/compose.yaml. */
  static async open(ledgerDir: string, concurrency: number, overlays: readonly string[] = []): Promise<Fleet> {
    const env = {
      TIERCEL_IMAGE: 'tiercel-test',
      TIERCEL_NATS_PORT: String(await freePort()),
      TIERCEL_CONCURRENCY: String(concurrency),
      TEST_LEDGER_DIR: ledgerDir,
    };
    return new Fleet(await getContainerRuntimeClient(), env, overlays);
  }

  /** `docker compose …` of this installation; what it wrote to stdout. */
  async compose(args: readonly string[], env: Record<string, string> = {}): Promise<string> {
    const options = { env: { ...this.#env, ...env }, timeout: COMPOSE_MS, maxBuffer: 64 * 1_024 * 1_024 };
    const { stdout } = await exec('docker', ['compose', '-p', this.#project, ...this.#files, ...args], options);
    return stdout;
  }

  /** The URL for a user of deploy/nats/accounts.conf, on this machine. */
  async natsUrl(user: string): Promise<string> {
    const address = `127.0.0.1:${this.#env.TIERCEL_NATS_PORT}`;
    return (await this.compose(['run', '--rm', '-T', '-e', `NATS_ADDRESS=${address}`, 'secrets', 'url', user])).trim();
  }

  scale(consumers: number): Promise<string> {
    return this.compose(['up', '--wait', '--no-recreate', '--scale', `consumer=${consumers}`]);
  }

  /** Those of a service, or all but what has run once; in the order in which they were created. */
  async parts(service?: string): Promise<Part[]> {
    const label = [`com.docker.compose.project=${this.#project}`, 'com.docker.compose.oneoff=False'];
    if (service) label.push(`com.docker.compose.service=${service}`);
    const found = await this.#docker.listContainers({ filters: { label } });
    const parts = found.sort((a, b) => a.Created - b.Created || a.Names[0]!.localeCompare(b.Names[0]!));
    return parts.map(({ Id: id, Labels }) => ({ id, service: Labels['com.docker.compose.service']!, host: id.slice(0, 12) }));
  }

  async part(service: string, at = 0): Promise<Part> {
    return (await this.parts(service))[at] as Part;
  }

  inspect({ id }: Part) {
    return this.#docker.getContainer(id).inspect();
  }

  /** Waits until so many containers run that are well. */
  async healthy(count: number): Promise<void> {
    const allAre = async () => {
      const states = await Promise.all((await this.parts()).map((part) => this.inspect(part)));
      return states.length === count && states.every(({ State }) => State.Running && State.Health?.Status === 'healthy');
    };
    await eventually(allAre, { withinMs: HEALTHY_MS, what: `${count} healthy containers` });
  }

  /** SIGKILL for everything in a container; the engine starts it again, as it would not after `docker kill`. When it died. */
  async kill(part: Part): Promise<number> {
    const { State } = await this.inspect(part);
    const killing = await this.#docker.getContainer(part.id).exec({ Cmd: ['sh', '-c', 'kill -9 -1'] });
    await killing.start({});
    const restarted = async () => {
      const { State: now } = await this.inspect(part);
      return now.Running && now.StartedAt !== State.StartedAt ? now : undefined;
    };
    const now = await eventually(restarted, { withinMs: HEALTHY_MS, what: `${part.service} started again` });
    return Date.parse(now.FinishedAt);
  }

  async pause({ id }: Part): Promise<void> {
    await this.#docker.getContainer(id).pause();
  }

  async unpause({ id }: Part): Promise<void> {
    await this.#docker.getContainer(id).unpause();
  }

  async restart({ id }: Part): Promise<void> {
    await this.#docker.getContainer(id).restart();
  }

  /** Cuts a container off from `wire` or `storage`, without a word to either side. */
  async cut({ id }: Part, network: 'wire' | 'storage'): Promise<void> {
    await this.#docker.getNetwork(`${this.#project}_${network}`).disconnect({ Container: id, Force: true });
  }

  async heal({ id }: Part, network: 'wire' | 'storage'): Promise<void> {
    await this.#docker.getNetwork(`${this.#project}_${network}`).connect({ Container: id });
  }

  /** The consumer of this container that the supervisor declared gone after a time, and when; `undefined` when it did not. */
  async declaredGone({ host }: Part, afterMs: number): Promise<{ instance: string; atMs: number } | undefined> {
    const supervisor = this.#docker.getContainer((await this.part('supervisor')).id);
    const logs = await supervisor.logs({ stdout: true, stderr: true, follow: false, since: Math.floor(afterMs / 1_000) });
    const lines = Array.from(logs.toString().matchAll(/\{"level".*\}/g), ([text]) => JSON.parse(text) as LogLine);
    const gone = lines.filter(({ msg, consumer = '' }) => msg === 'consumer gone' && consumer.includes(host));
    return gone
      .map(({ time, consumer: instance = '' }) => ({ instance, atMs: Date.parse(time) }))
      .find(({ atMs }) => atMs >= afterMs);
  }

  /** The last lines of every log, for whoever has to find out why. */
  async tail(): Promise<string> {
    return this.compose(['logs', '--no-color', '--tail', '15']);
  }

  async down(): Promise<void> {
    const down = () => this.compose(['down', '--volumes', '--remove-orphans', '--timeout', '5']);
    await down().catch(async () => {
      await this.#detachAll();
      await down();
    });
    this.#forget();
    await exec('docker', ['image', 'rm', 'tiercel-test']);
  }

  /** The engine was seen to keep an endpoint of a container that had been cut off and healed, and then not to let go of the network. */
  async #detachAll(): Promise<void> {
    const filters = { label: [`com.docker.compose.project=${this.#project}`] };
    for (const { Id } of await this.#docker.listNetworks({ filters })) {
      const network = this.#docker.getNetwork(Id);
      const { Containers = {} } = await network.inspect();
      for (const Container of Object.keys(Containers)) await network.disconnect({ Container, Force: true });
    }
  }

  get #docker() {
    return this.#runtime.container.dockerode;
  }
}
