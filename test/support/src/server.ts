import type { Engine, ServerOptions } from './engine.js';
import { engineSource } from './engine.js';
import { startInContainer } from './in-container.js';
import { startAsProcess } from './in-process.js';

/** A server that a test may do anything to. */
export interface Server {
  readonly url: string;
  /** What it calls its version, e.g. `2.10.27`. */
  readonly version: string;
  /** Absent when it runs in a container. Changes with a restart. */
  readonly pid: number | undefined;
  /** Ends it politely, then removes its data. */
  stop(): Promise<void>;
  /** SIGKILL. The data stays, and `restart` brings it back. */
  kill(): Promise<void>;
  /** It stands still until `thaw`: what is sent to it waits. */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  /** Ends it politely unless it is dead already, and starts it on the same port with the same data. */
  restart(): Promise<void>;
}

/** Starts a server of its own for a test, from a binary or in a container, whichever `npm test` found. */
export async function startServer(engine: Engine, options: ServerOptions): Promise<Server> {
  const source = options.binary ? { binary: options.binary } : await engineSource(engine);
  if ('binary' in source) return startAsProcess(engine, source.binary, options);
  if ('image' in source) return startInContainer(engine, source.image, options);
  throw new Error(source.missing);
}
