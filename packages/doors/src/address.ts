import { createServer, type Server } from 'node:net';
import { fail } from '@tiercel/protocol';

export interface Address {
  readonly host: string;
  /** 0 = one that is free. */
  readonly port: number;
}

/** By flag. Throws BAD_CONFIG for the first of them that is not to be had now; when it returns they are free again. */
export async function requireFree(addresses: Readonly<Record<string, Address | undefined>>): Promise<void> {
  const servers: Server[] = [];
  try {
    for (const [flag, address] of Object.entries(addresses)) if (address) servers.push(await taken(flag, address));
  } finally {
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }
}

function taken(flag: string, address: Address): Promise<Server> {
  const server = createServer();
  return new Promise<Server>((resolve, reject) => {
    server.once('error', reject);
    server.listen(address, () => resolve(server));
  }).catch((error) => notToBeHad(flag, address, error));
}

/** What listening on it failed with, as BAD_CONFIG. */
export function notToBeHad(flag: string, { host, port }: Address, { code = 'unknown' }: NodeJS.ErrnoException): never {
  const remedy = REMEDIES[code] ?? 'name another';
  return fail('BAD_CONFIG', { [flag]: `expected an address that is free, got ${host}:${port} (${code}); ${remedy}` });
}

const REMEDIES: Readonly<Record<string, string>> = {
  EADDRINUSE: 'something listens there already: end it, or name another port',
  EADDRNOTAVAIL: 'this machine does not have it: name an address of its own',
  EACCES: 'this user may not listen on such a port: name one from 1024 up',
  ENOTFOUND: 'nobody knows this host: name an address of this machine',
};
