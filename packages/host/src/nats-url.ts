import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { listens } from './listens.js';

const FILE = 'nats-url';
/** What is left there never has credentials: it is of a server started here. */
const LOCAL = /^nats:\/\/127\.0\.0\.1:(\d{1,5})$/;

/** Leaves the URL of a server started here for commands of the same folder; the undo takes it away unless another has replaced it. */
export async function leaveNatsUrl(dataDir: string, url: string): Promise<() => Promise<void>> {
  const file = join(dataDir, FILE);
  await mkdir(dataDir, { recursive: true });
  await writeFile(file, url);
  return async () => {
    if ((await read(file)) === url) await rm(file, { force: true });
  };
}

/** The URL that a fleet left which still runs; `undefined` when none did, or nobody listens there any more. */
export async function findNatsUrl(dataDir: string): Promise<string | undefined> {
  const url = await read(join(dataDir, FILE));
  const port = Number(LOCAL.exec(url)?.[1]);
  return port >= 1 && port <= 65_535 && (await listens(port)) ? url : undefined;
}

const read = (file: string): Promise<string> => readFile(file, 'utf8').catch(() => ''); // none was left
