import type { AddressInfo } from 'node:net';
import type { Log } from '@tiercel/actors';
import { asTiercelError, ERRORS, fail } from '@tiercel/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { notToBeHad } from '../../address.js';
import { createApp } from '../../http/app.js';
import { isLoopback, isOfPageElsewhere } from '../../loopback.js';
import { BadOption, COMMANDS, type CommandParts, type CommandQuery, NotAllowed } from './commands.js';
import { plainText } from './plain-text.js';
import { Readers } from './readers.js';

export interface AdminDoorOptions extends Omit<CommandParts, 'readers' | 'beganAtMs'> {
  /** One of this machine alone: nobody is asked who he is. */
  readonly host: string;
  /** 0 = one that is free. */
  readonly port: number;
  readonly log: Log;
}

export interface AdminDoor {
  readonly port: number;
  close(): Promise<void>;
}

/** Serves the admin port of the Kestrel door. Throws BAD_CONFIG when the address is not to be had, or others than this machine would reach it. */
export async function openAdminDoor(options: AdminDoorOptions): Promise<AdminDoor> {
  const { host, port, clock, log } = options;
  requireAdminHere(host);
  const app = createApp(log);
  const readers = new Readers(options.report, clock);
  serve(app, { ...options, readers, beganAtMs: clock.now() }, log);
  await app.listen({ host, port }).catch((error) => notToBeHad('--kestrel-admin', { host, port }, error));
  const door = {
    port: (app.server.address() as AddressInfo).port,
    async close() {
      readers.close();
      await app.close();
    },
  };
  log.info({ host, port: door.port }, 'kestrel admin served');
  return door;
}

/** Throws BAD_CONFIG. */
export function requireAdminHere(host: string): void {
  if (!isLoopback(host))
    fail('BAD_CONFIG', {
      '--kestrel-admin': `expected an address of this machine alone such as 127.0.0.1, since it asks nobody who he is; got ${host}`,
    });
}

function serve(app: FastifyInstance, parts: CommandParts, log: Log): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.header('cache-control', 'no-store');
    if (isOfPageElsewhere(request.headers)) return tell(reply, 403, 'only this machine may ask, and no page of elsewhere\n');
  });
  app.get('/*', (request, reply) => answer(parts, request, reply));
  app.setNotFoundHandler((_, reply) => tell(reply, 404, NO_COMMAND));
  app.setErrorHandler((error, _, reply) => {
    const { code } = asTiercelError(error);
    log.warn({ err: error }, 'kestrel admin failed');
    return tell(reply, 503, `${code}: ${ERRORS[code].sentence}\n`);
  });
}

const NO_COMMAND = 'no such command\n';

/** The last part of the path is a command and how its answer is written: `stats`, `stats.json`, `stats.txt`. */
async function answer(parts: CommandParts, { url, query }: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const [command = '', ...form] = url.split('?', 1)[0]?.split('/').at(-1)?.split('.') ?? [];
  const told = await COMMANDS.get(command)?.(parts, query as CommandQuery);
  if (told === undefined) return tell(reply, 404, NO_COMMAND);
  if (told instanceof BadOption) return tell(reply, 400, `${told.text}\n`);
  if (told instanceof NotAllowed) return tell(reply, 403, `${told.text}\n`);
  if (form.at(-1) === 'txt') return tell(reply, 200, plainText(told));
  const body = typeof told === 'string' ? { response: told } : told;
  return tell(reply, 200, `${JSON.stringify(body)}\n`, 'application/json');
}

/** As bytes, which the framework sends as they are. */
const tell = (reply: FastifyReply, status: number, text: string, type = 'text/plain'): FastifyReply =>
  reply.code(status).type(type).send(Buffer.from(text));
