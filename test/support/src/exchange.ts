import { once } from 'node:events';
import { connect } from 'node:net';

/** Sends bytes as they are to a port of this machine and returns all that comes back until the server hangs up. */
export async function exchange(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1').setEncoding('utf8');
  let heard = '';
  socket.on('data', (chunk: string) => {
    heard += chunk;
  });
  socket.on('error', () => {}); // hung up while we still wrote
  socket.write(text);
  await once(socket, 'close');
  return heard;
}
