import { connect, createServer, type Server, type Socket } from 'node:net';
import { deserialize, serialize } from 'node:v8';
import { ActorError, type Transport } from '@tiercel/actors';

/** Requests from other processes to a transport of this one, over a Unix socket. */
type Request = readonly [id: number, subject: string, body: Uint8Array, timeoutMs: number];
type Reply = readonly [id: number, body: Uint8Array | undefined, code: string];

export function serveSocket(path: string, transport: Transport): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => {}); // a killed client
    onFrame<Request>(socket, ([id, subject, body, timeoutMs]) => {
      transport.request(subject, body, { timeoutMs }).then(
        (reply) => send(socket, [id, reply, ''] satisfies Reply),
        (error: { code?: string }) => send(socket, [id, undefined, error.code ?? 'INTERNAL'] satisfies Reply),
      );
    });
  });
  return new Promise((resolve) => server.listen(path, () => resolve(server)));
}

/** The connector of a keeper's thread, and of a worker process. */
export async function connectSocket({ path }: { readonly path: string }): Promise<Transport> {
  const socket = connect(path);
  const waiting = new Map<number, { resolve(body: Uint8Array): void; reject(error: unknown): void }>();
  let last = 0;
  onFrame<Reply>(socket, ([id, body, code]) => {
    if (body) waiting.get(id)?.resolve(body);
    else waiting.get(id)?.reject(new ActorError(code));
    waiting.delete(id);
  });
  await new Promise<void>((resolve, reject) =>
    socket.once('connect', resolve).once('error', () => reject(new ActorError('UNREACHABLE', { path }))),
  );
  return {
    maxBytes: 1_000_000,
    request: (subject, body, { timeoutMs }) =>
      new Promise((resolve, reject) => {
        waiting.set(++last, { resolve, reject });
        send(socket, [last, subject, body, timeoutMs] satisfies Request);
      }),
    async close() {
      socket.destroy();
    },
    serve: () => Promise.reject(new ActorError('NOT_SUPPORTED')),
    send: () => false,
    watch: () => () => {},
  };
}

function send(socket: Socket, message: Request | Reply): void {
  const body = serialize(message);
  const head = Buffer.alloc(4);
  head.writeUInt32BE(body.length);
  socket.write(Buffer.concat([head, body]));
}

function onFrame<T>(socket: Socket, heard: (message: T) => void): void {
  let rest = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 4 && rest.length >= 4 + rest.readUInt32BE()) {
      const end = 4 + rest.readUInt32BE();
      heard(deserialize(rest.subarray(4, end)) as T);
      rest = rest.subarray(end);
    }
  });
}
