import { createServer, type Server, type Socket } from 'node:net';
import type { Clock, Log, Random, Transport } from '@tiercel/actors';
import { fail } from '@tiercel/protocol';
import { Endpoint } from './endpoint.js';
import { type Frame, frame } from './frame.js';
import { FrameSocket } from './frame-socket.js';
import { VERSION } from './hello.js';
import { localLink } from './local-link.js';
import { SOCKET_LIMITS } from './socket-limits.js';
import { addressOf, clearSocketPath, protectSocket } from './socket-path.js';
import { type Line, Switchboard } from './switchboard.js';

export interface ServeSocketOptions {
  readonly path: string;
  readonly log: Log;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * Serves the processes of this machine and this user over a Unix socket, and is the owner's own Transport among them; its `close` ends
 * both. Call it while holding the storage beside the path. Throws STORAGE_OWNED when another process listens there, BAD_CONFIG or
 * ACCESS_DENIED when the path cannot be used.
 */
export async function serveSocket(options: ServeSocketOptions): Promise<Transport> {
  const { path, random } = options;
  const switchboard = new Switchboard(random);
  const open = new Set<FrameSocket>();
  const server = createServer((socket) => admit(socket, switchboard, open, options));
  server.maxConnections = SOCKET_LIMITS.connections;
  const address = addressOf(path);
  await clearSocketPath(path);
  await listen(server, address, path);
  await protectSocket(path);
  server.on('error', (err) => options.log.error({ err, socket: path }, 'socket failed'));
  server.on('drop', () => options.log.warn({ socket: path, connections: SOCKET_LIMITS.connections }, 'connection turned away'));
  return new Endpoint(options, (take) => localLink(switchboard, take, () => close(server, open, options.clock)));
}

/** Nobody is connected before he has said that he speaks the same. */
function admit(socket: Socket, switchboard: Switchboard, open: Set<FrameSocket>, { path, log, clock }: ServeSocketOptions): void {
  let line: Line | undefined;
  const late = clock.after(SOCKET_LIMITS.helloMs, () => frames.cut(new Error('it did not say who it is')));
  const deliver = (each: Frame) => {
    if (frames.unreadBytes > SOCKET_LIMITS.slowBytes) frames.cut(new Error('it reads too slowly'));
    else frames.post(each);
  };
  const greet = ({ kind, text }: Frame): Line => {
    late();
    frames.post(frame('hello', { id: SOCKET_LIMITS.bodyBytes, text: VERSION }));
    if (kind === 'hello' && text === VERSION) return switchboard.connect(deliver);
    frames.end(); // it reads what is spoken here
    return fail('BAD_MESSAGE', { kind, expected: VERSION, got: text.slice(0, 40) });
  };
  const frames = new FrameSocket(socket, SOCKET_LIMITS.bodyBytes, {
    onFrame(got) {
      if (line) line.take(got);
      else line = greet(got);
    },
    onEnd(err) {
      late();
      open.delete(frames);
      line?.end();
      if (err) log.warn({ err, socket: path }, 'connection cut');
    },
  });
  open.add(frames);
}

function listen(server: Server, address: string, path: string): Promise<void> {
  return new Promise<void>((resolve, reject) => server.once('error', reject).listen(address, resolve)).catch(
    ({ code = '' }: NodeJS.ErrnoException) =>
      code === 'EADDRINUSE'
        ? fail('STORAGE_OWNED', { socket: path, reason: 'another process was quicker' })
        : fail('ACCESS_DENIED', { socket: path, reason: code }),
  );
}

/** What was written is let out first, but not for ever. */
function close(server: Server, open: ReadonlySet<FrameSocket>, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    const undo = clock.after(SOCKET_LIMITS.drainMs, () => {
      for (const each of open) each.cut();
    });
    server.close(() => {
      undo();
      resolve();
    });
    for (const each of open) each.end();
  });
}
