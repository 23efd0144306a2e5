/** What every job carries: 200 bytes as JSON, whatever the numbers. */
export interface JobData {
  /** 1 … 9,999,999. */
  readonly n: number;
  /** When the enqueue call was made, in nanoseconds of the machine's monotonic clock, which all its processes share; as text. */
  readonly at: string;
  readonly pad: string;
}

/** Kinds of servers; servers/ has one module each. `jetstream` is a NATS that keeps streams on its disk. */
export type ServerName = 'redis' | 'nats' | 'jetstream' | 'postgres' | 'beanstalkd' | 'rabbitmq';

/** What the roles of one run have to know. */
export interface Scene {
  /** Of servers on 127.0.0.1; 0 for those that the contestant does not need. */
  readonly ports: Readonly<Record<ServerName, number>>;
  /** Whose jobs they are, in equal shares: 1, or as many as the measure says. */
  readonly tenants: number;
}

/** The number of the tenant that a job belongs to, 0 … `tenants` − 1. */
export const tenantOf = ({ n }: JobData, { tenants }: Scene): number => n % tenants;

/** The producer's side of a contestant, in a process of its own. */
export interface Producer {
  /** Hands in one job; resolves when storage has it. */
  one(data: JobData): Promise<unknown>;
  /** Hands in many by the contestant's own bulk call; resolves when storage has them all. Throws when one was refused. */
  many(data: readonly JobData[]): Promise<unknown>;
  close(): Promise<void>;
}

/** What the bench wants to know of a worker. */
export interface Watch {
  /** The handler was called: all the handler does. */
  started(data: JobData): void;
  /** The worker knows that the job is acknowledged in storage. */
  acked(data: JobData): void;
}

/** The worker's side of a contestant, in a process of its own. Resolves when it takes jobs. */
type Work = (scene: Scene, watch: Watch, concurrency: number) => Promise<{ close(): Promise<void> }>;

/**
 * A role that users run as a program rather than call as a function. It is started with an IPC channel and sends `{ ready: true }` once it
 * does its work; SIGTERM ends it. A worker's program answers the harness by `watchHere()` (worker-role.ts) in a module that it loads.
 */
export interface Program {
  /** Absolute path of a module. */
  readonly file: string;
  /** Added to the environment. */
  readonly env: Readonly<Record<string, string>>;
}

/** One module each in contestants/, as its default export; the roles are run in processes of their own. */
export interface Contestant {
  readonly name: string;
  /** As installed, such as `bullmq 6.7.0`. */
  readonly version: string;
  /** Which servers it needs, the one that keeps its jobs first. Each run has fresh ones. */
  readonly servers: readonly ServerName[];
  readonly produce: (scene: Scene) => Promise<Producer>;
  readonly work: Work | { readonly program: (scene: Scene, concurrency: number) => Program };
  /** The process between producer and storage, of those that have one. */
  readonly serve?: ((scene: Scene) => Promise<{ close(): Promise<void> }>) | { readonly program: (scene: Scene) => Program };
  /** Producer and worker are one process, which also keeps the jobs: `work` is called where `produce` was. */
  readonly alone?: boolean;
  /** Of node, for its broker, when users start it with any. */
  readonly nodeFlags?: readonly string[];
  /** How its settings differ from its own defaults, and why; a line each, for the report. */
  readonly settings: readonly string[];
  /** By measure: why it has none of it, in a few words for the report. */
  readonly cannot?: Readonly<Record<string, string>>;
}

/** Jobs a worker may run at once, for all contestants. */
export const CONCURRENCY = 100;
/** Jobs of one bulk call, and bulk calls under way at once. */
export const BULK = { jobs: 500, inFlight: 2 } as const;
