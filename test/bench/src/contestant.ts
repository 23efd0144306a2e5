/** What every job carries: 200 bytes as JSON, whatever the numbers. */
export interface JobData {
  /** 1 … 9,999,999. */
  readonly n: number;
  /** When the enqueue call was made, in nanoseconds of the machine's monotonic clock, which all its processes share; as text. */
  readonly at: string;
  readonly pad: string;
}

/** Where the servers of this round are. */
export interface Servers {
  readonly redisPort: number;
  /** Only for contestants that say they need it. */
  readonly natsPort: number;
}

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
type Work = (servers: Servers, watch: Watch, concurrency: number) => Promise<{ close(): Promise<void> }>;

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
  /** Which servers it needs. Each round has fresh ones. */
  readonly servers: readonly ('redis' | 'nats')[];
  readonly produce: (servers: Servers) => Promise<Producer>;
  readonly work: Work | { readonly program: (servers: Servers, concurrency: number) => Program };
  /** The process between producer and storage, of those that have one. */
  readonly serve?:
    | ((servers: Servers) => Promise<{ close(): Promise<void> }>)
    | { readonly program: (servers: Servers) => Program };
  /** Of node, for its broker, when users start it with any. */
  readonly nodeFlags?: readonly string[];
  /** How its settings differ from its own defaults, and why; a line each, for the report. */
  readonly settings: readonly string[];
}

/** Jobs a worker may run at once, for all contestants. */
export const CONCURRENCY = 100;
/** Jobs of one bulk call, and bulk calls under way at once. */
export const BULK = { jobs: 500, inFlight: 2 } as const;
