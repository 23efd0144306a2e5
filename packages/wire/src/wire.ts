import type { Clock, Log, Random, Transport } from '@tiercel/actors';

/** Where the processes of an installation meet: at a NATS server's URL or, where one is named, at the path of a Unix socket. */
export type Wire =
  | { readonly nats: string; readonly socket?: string | undefined }
  | { readonly nats?: string | undefined; readonly socket: string };

export interface WireOptions {
  readonly name: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** How long the first connection is tried; 5,000 by default. */
  readonly firstConnectMs?: number;
}

// Only the transport that is named is loaded.

/** A wire that is open. */
export interface OpenWire extends Transport {
  /** Which release of NATS it is; there is none behind a socket. */
  readonly server?: string;
}

/** Connects. Throws what `connectSocket` or `connectNats` throws. */
export async function openWire({ nats = '', socket }: Wire, options: WireOptions): Promise<OpenWire> {
  if (socket !== undefined) return (await import('@tiercel/socket')).connectSocket({ ...options, path: socket });
  return (await import('@tiercel/nats')).connectNats({ ...options, url: nats });
}

/** Connects a process that starts the others, the owner of the socket among them, and so cannot wait for it. */
export const openWireEarly = (wire: Wire, options: WireOptions): Promise<Transport> =>
  openWire(wire, wire.socket === undefined ? options : { ...options, firstConnectMs: 0 });

/** The broker's end: it serves the socket to the others, where there is one. Throws what `serveSocket` or `connectNats` throws. */
export async function serveWire({ nats = '', socket }: Wire, options: WireOptions): Promise<Transport> {
  if (socket !== undefined) return (await import('@tiercel/socket')).serveSocket({ ...options, path: socket });
  return (await import('@tiercel/nats')).connectNats({ ...options, url: nats, noEcho: true });
}

/** How a thread makes a connection of its own. */
export const wireConnector = ({ nats = '', socket }: Wire, name: string) =>
  socket === undefined
    ? { module: import.meta.resolve('@tiercel/nats'), export: 'connectNats', options: { url: nats, name } }
    : { module: import.meta.resolve('@tiercel/socket'), export: 'connectSocket', options: { path: socket } };
