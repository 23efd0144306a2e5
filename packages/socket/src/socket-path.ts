import type { Stats } from 'node:fs';
import { chmod, lstat, mkdir, stat, unlink } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname, relative, resolve } from 'node:path';
import { fail } from '@tiercel/protocol';

/** Bytes that the kernel has room for, less the final zero. */
const MOST_BYTES = process.platform === 'linux' ? 107 : 103;

/**
 * What to hand to the kernel for a socket: its whole path when that is short enough, else the way from the working directory, which is short for
 * whoever works in the folder. Throws BAD_CONFIG when neither is.
 */
export function addressOf(path: string): string {
  const whole = resolve(path);
  const ways = [whole, relative(process.cwd(), whole)];
  const fitting = ways.find((way) => Buffer.byteLength(way) <= MOST_BYTES);
  const expected = `expected a path of at most ${MOST_BYTES} bytes, got ${Buffer.byteLength(whole)}; start in that folder, or name a shorter one`;
  return fitting ?? fail('BAD_CONFIG', { '--socket': expected });
}

/** Throws UNREACHABLE when there is no socket, BAD_CONFIG when it is something else, ACCESS_DENIED when it is not this user's own. */
export async function requireOwnSocket(path: string): Promise<void> {
  const found = await look(path);
  if (!found) fail('UNREACHABLE', { socket: path, reason: 'ENOENT' });
}

/**
 * Makes a place for a socket that this process is about to listen on, in a directory for this user alone. What a dead process left there
 * goes; whoever calls this owns the storage beside it. Throws STORAGE_OWNED when somebody listens there, BAD_CONFIG and ACCESS_DENIED for what is
 * not ours to take away.
 */
export async function clearSocketPath(path: string): Promise<void> {
  const directory = dirname(resolve(path));
  await mkdir(directory, { recursive: true, mode: 0o700 });
  requirePrivate(directory, await stat(directory));
  if (!(await look(path))) return;
  if (await isListenedTo(path)) fail('STORAGE_OWNED', { socket: path, reason: 'another process listens there' });
  await unlink(path);
}

/** The directory keeps others out already; this is the second lock. */
export const protectSocket = (path: string): Promise<void> => chmod(path, 0o600);

/** `undefined`: there is nothing. */
async function look(path: string): Promise<Stats | undefined> {
  const found = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    return fail('ACCESS_DENIED', { socket: path, reason: error.code ?? '' }, error);
  });
  if (!found) return undefined;
  if (!found.isSocket())
    fail('BAD_CONFIG', { '--socket': `expected a socket or nothing at ${path}, got something else; remove it` });
  requireOwn(path, found);
  return found;
}

function requireOwn(path: string, { uid }: Stats): void {
  const own = process.getuid?.() ?? uid; // a system without users
  if (uid !== own) fail('ACCESS_DENIED', { socket: path, reason: `it belongs to user ${uid}, this process to ${own}` });
}

function requirePrivate(directory: string, found: Stats): void {
  requireOwn(directory, found);
  const mode = (found.mode & 0o777).toString(8);
  if (found.mode & 0o077)
    fail('BAD_CONFIG', { '--socket': `expected a directory for its user alone, got ${directory} with mode ${mode}; chmod 700 it` });
}

/** Whether a process has the socket: one that is gone refuses, for ever; one that hangs still takes a connection. */
export function isListenedTo(path: string): Promise<boolean> {
  return new Promise((settle) => {
    const socket = connect(addressOf(path));
    const done = (listened: boolean) => {
      socket.destroy();
      settle(listened);
    };
    socket.once('connect', () => done(true));
    socket.once('error', ({ code }: NodeJS.ErrnoException) => done(code !== 'ECONNREFUSED' && code !== 'ENOENT'));
  });
}
