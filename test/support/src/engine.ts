import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** What one has to know of a kind of server to run it. */
export interface Engine {
  readonly name: 'nats' | 'redis';
  readonly image: string;
  /** Name of the executable, and of Debian's package. */
  readonly command: string;
  readonly containerPort: number;
  /** A line of its log that says it is ready. */
  readonly readyLine: RegExp;
  url(host: string, port: number): string;
  /** Name and contents of the configuration file; `dir` is where its data goes. */
  config(options: ServerOptions & { readonly host: string; readonly port: number; readonly dir: string }): string;
  args(configFile: string): string[];
  /** Its version when it answers at that address. */
  probe(host: string, port: number): Promise<string | undefined>;
}

export interface ServerOptions {
  /** Lines added to the configuration file, in the server's own language. */
  readonly config?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Path of an executable to use instead of what `npm test` found. */
  readonly binary?: string;
}

type Source = { readonly binary: string } | { readonly image: string } | { readonly missing: string };

/** Where servers of this kind come from: what `npm test` put into the environment, else the PATH. */
export function engineSource(engine: Engine): Source {
  const variable = `TIERCEL_TEST_${engine.name.toUpperCase()}`;
  const { [`${variable}_BIN`]: binary, [`${variable}_IMAGE`]: image } = process.env;
  if (binary) return { binary };
  if (image) return { image };
  const found = onPath(engine.command);
  return found ? { binary: found } : { missing: `install ${engine.command} (Debian: apt-get install ${engine.command})` };
}

/** Daemons live in sbin directories, which a user's PATH may lack. */
export function onPath(command: string): string | undefined {
  const dirs = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin', '/usr/local/bin'];
  return dirs.map((dir) => join(dir, command)).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
