import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { tool } from '@tiercel/test-support';
import pg from 'pg';
import type { BenchServer } from './bench-server.js';
import { type Owner, startDaemon } from './daemon.js';

const INSTALLED = '/usr/lib/postgresql';
const PACKAGES = ['postgresql-15'];
const INIT = ['--auth=trust', '--username=postgres', '--encoding=UTF8', '--locale=C', '--no-sync'];

/**
 * What differs from PostgreSQL's defaults. `synchronous_commit` off is what Redis's `everysec` is: a commit is answered before it is on
 * disk, where it is at the latest after three times `wal_writer_delay` (200 ms). `fsync` stays on. The other two are what its manual
 * advises for a server of its own and for loading much, within the memory of a small machine.
 */
const SETTINGS = { synchronous_commit: 'off', shared_buffers: '1GB', max_wal_size: '4GB', max_connections: '200' };
const TOLD = ['fsync', 'synchronous_commit', 'wal_writer_delay', 'full_page_writes', 'shared_buffers', 'max_wal_size'];

/** Does not run as root: then it runs as the user that Debian's package makes for it. */
export async function postgres(): Promise<BenchServer> {
  const programs = programsDir();
  const owner = process.getuid?.() === 0 ? userOf('postgres') : undefined;
  const settings = Object.entries(SETTINGS).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const daemon = await startDaemon({
    name: 'postgres',
    owner,
    prepare: (dir) => {
      const own = { cwd: dir, stdio: 'pipe' as const, ...owner };
      execFileSync(join(programs, 'initdb'), [...INIT, '-D', join(dir, 'data')], own);
    },
    command: (dir, port) => ({
      file: join(programs, 'postgres'),
      args: ['-D', join(dir, 'data'), '-h', '127.0.0.1', '-p', String(port), '-k', dir, ...settings],
    }),
    probe: canConnect,
    stopSignal: 'SIGINT', // ends without waiting for its clients
  });
  const { port, pid, close } = daemon;
  try {
    const { version, config } = await told(port);
    return { ...{ port, pid, close, version, config }, jobBytes: () => databaseBytes(port) };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What connects to it. */
export const postgresUrl = (port: number): string => `postgres://postgres@127.0.0.1:${port}/postgres`;

function programsDir(): string {
  const there = newestPrograms();
  if (there) return there;
  tool('pg_ctlcluster', PACKAGES, () => newestPrograms() !== undefined);
  return newestPrograms() as string;
}

/** Debian keeps them off the PATH, for each version in a directory of its own. */
function newestPrograms(): string | undefined {
  const versions = existsSync(INSTALLED) ? readdirSync(INSTALLED).sort((a, b) => Number(b) - Number(a)) : [];
  return versions.map((version) => join(INSTALLED, version, 'bin')).find((dir) => existsSync(join(dir, 'initdb')));
}

function userOf(name: string): Owner {
  const [uid = 0, gid = 0] = ['-u', '-g'].map((flag) => Number(execFileSync('id', [flag, name], { encoding: 'utf8' })));
  return { uid, gid };
}

async function asked<T>(port: number, ask: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: postgresUrl(port) });
  await client.connect();
  return ask(client).finally(() => client.end());
}

const canConnect = (port: number): Promise<boolean> => asked(port, async () => true);

const told = (port: number) =>
  asked(port, async (client) => {
    const { rows } = await client.query('SELECT name, current_setting(name) AS value FROM pg_settings WHERE name = ANY($1)', [
      TOLD,
    ]);
    const { rows: versions } = await client.query('SHOW server_version');
    const version = String(versions[0].server_version).split(' ')[0] as string;
    return { version, config: Object.fromEntries(rows.map(({ name, value }) => [name, value])) as Record<string, string> };
  });

const databaseBytes = (port: number) =>
  asked(port, async (client) => {
    const { rows } = await client.query('SELECT pg_database_size(current_database()) AS bytes');
    return Number(rows[0].bytes);
  });
