import type { Transport } from '@tiercel/actors';
import { Endpoint } from './endpoint.js';
import { SocketLink, type SocketOptions } from './socket-link.js';

/**
 * A Transport to whoever serves the socket. While that process is away `send` returns false and `request` fails at once; the connection comes
 * back by itself. Bodies handed over are views of a receive buffer.
 *
 * Throws UNREACHABLE after `firstConnectMs` (5,000 by default), ACCESS_DENIED for a socket that is not this user's own, BAD_CONFIG for a path that cannot be
 * one and BAD_MESSAGE when the owner speaks another version.
 */
export async function connectSocket(options: SocketOptions): Promise<Transport> {
  let link: SocketLink | undefined;
  const endpoint = new Endpoint(options, (take) => {
    link = new SocketLink(options, take);
    return link;
  });
  await link?.open();
  return endpoint;
}
