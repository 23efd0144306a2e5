import type { AddressInfo } from 'node:net';
import type { Clock, Log } from '@tiercel/actors';
import type { Client } from '@tiercel/client';
import { type ErrorCode, fail } from '@tiercel/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { notToBeHad } from '../address.js';
import { isLoopback } from '../loopback.js';
import { accessOf } from './access.js';
import { createApp } from './app.js';
import { BOUNDS } from './bounds.js';
import { openApi } from './openapi.js';
import type { Operation } from './operation.js';
import { OPERATIONS } from './operations.js';
import { Polls } from './polls.js';
import { Rate } from './rate.js';
import { refusalOf } from './refusal.js';
import { TokenFile } from './token-file.js';
import { UnderWay } from './under-way.js';

export interface HttpDoorOptions {
  /** Where jobs are handed in. */
  readonly client: Client;
  /** Any address only with tokens; without, one of this machine alone. */
  readonly host: string;
  /** 0 = one that is free. */
  readonly port: number;
  /** A file as {@link createToken} makes it. */
  readonly tokens?: string | undefined;
  /** Requests a second of one token, or of one address without; 0 = no bound, which is the default. */
  readonly ratePerSec?: number;
  /** How long a request waits for the broker; {@link BOUNDS.answerMs} by default. */
  readonly answerMs?: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly observe?: HttpObserver;
}

/** Told of every request; must not throw. */
export interface HttpObserver {
  /** `operation`: '' when it is none. `code` of a refusal. */
  answered(operation: string, status: number, tookMs: number, code: ErrorCode | undefined): void;
}

export interface HttpDoor {
  readonly port: number;
  /** Requests under way, long polls among them. */
  readonly underWay: number;
  /** Takes no more, ends long polls with STOPPED, answers what is under way. */
  close(): Promise<void>;
}

/** Per request, what its answer needs. */
interface Visit {
  readonly beganAt: number;
  /** Aborts when the caller has gone. */
  readonly gone: AbortController;
  code?: ErrorCode;
}

/** As which a request is told whose answer nobody took. */
const CALLER_GONE = 499;

const NEEDS_TOKENS =
  'expected an address of this machine alone such as 127.0.0.1, or tokens: `tiercel token create --tenant T --role R --file PATH`, then --http-tokens PATH';

/** Serves the door. Throws BAD_CONFIG when the address is not to be had, would be open to everybody, or the tokens are not well kept. */
export async function openHttpDoor(options: HttpDoorOptions): Promise<HttpDoor> {
  const { host, port, tokens: path, clock, log } = options;
  if (path === undefined && !isLoopback(host)) fail('BAD_CONFIG', { '--http': `${NEEDS_TOKENS}; got ${host}` });
  const tokens = path === undefined ? undefined : new TokenFile(path, { clock, log });
  const door = new Door(options, tokens);
  await door.listen(host, port);
  return door;
}

class Door implements HttpDoor {
  readonly #options: HttpDoorOptions;
  readonly #app: FastifyInstance;
  readonly #polls = new Polls();
  readonly #visits = new WeakMap<FastifyRequest, Visit>();
  readonly #underWay = new UnderWay();
  #closing = false;

  constructor(options: HttpDoorOptions, tokens: TokenFile | undefined) {
    this.#options = options;
    const app = createApp(options.log);
    this.#app = app;
    const rate = new Rate(options.ratePerSec ?? 0, options.clock);
    app.addHook('onRequest', async (request, reply) => this.#enter(request, reply, tokens, rate));
    app.setErrorHandler((error, request, reply) => this.#refuse(error, request, reply));
    app.setNotFoundHandler((request) => {
      const path = request.url.split('?', 1)[0] as string;
      return fail('NO_SUCH_ROUTE', { method: request.method, path: path.slice(0, 80).replace(/[^\x21-\x7e]/g, '?') });
    });
    for (const operation of OPERATIONS) this.#serve(operation);
    const description = JSON.stringify(openApi());
    app.get('/v1/openapi.json', (_, reply) => reply.type('application/json').send(description));
  }

  async listen(host: string, port: number): Promise<void> {
    await this.#app.listen({ host, port }).catch((error) => notToBeHad('--http', { host, port }, error));
    this.#options.log.info({ host, port: this.port, tokens: this.#options.tokens !== undefined }, 'http served');
  }

  get port(): number {
    return (this.#app.server.address() as AddressInfo | null)?.port ?? 0;
  }

  get underWay(): number {
    return this.#underWay.size;
  }

  async close(): Promise<void> {
    this.#closing = true;
    this.#polls.close();
    await this.#app.close();
  }

  #serve({ method, url, params, query, body, roles, waitMs = 0, ...operation }: Operation): void {
    this.#app.route({
      method,
      url,
      schema: { params, querystring: query, ...(body && { body }) },
      handlerTimeout: (this.#options.answerMs ?? BOUNDS.answerMs) + waitMs,
      config: { operation: operation.id, roles },
      handler: async (request, reply) => {
        const asked = request.params as Record<string, string>;
        const { status, body, location } = await operation.act({
          tenant: this.#options.client.tenant(asked.tenant as string),
          params: asked,
          query: request.query as Record<string, unknown>,
          body: request.body,
          polls: this.#polls,
          gone: this.#visitOf(request).gone.signal,
        });
        if (location !== undefined) reply.header('location', location);
        return reply.code(status).send(body);
      },
    });
  }

  /** Before anything of a body is read. */
  #enter(request: FastifyRequest, reply: FastifyReply, tokens: TokenFile | undefined, rate: Rate): void {
    const visit: Visit = { beganAt: this.#options.clock.monotonic(), gone: new AbortController() };
    this.#visits.set(request, visit);
    this.#underWay.add(request.raw.socket, reply.raw, () => this.#leave(visit, request, reply));
    reply.header('cache-control', 'no-store');
    if (this.#closing) fail('STOPPED', { retryAfterMs: BOUNDS.retryAfterMs });
    const access = accessOf(request, tokens);
    rate.take(access.caller);
    if (this.#underWay.size - this.#polls.size > BOUNDS.requests) fail('BUSY', { retryAfterMs: BOUNDS.retryAfterMs });
    const { roles } = request.routeOptions.config;
    if (roles) access.require((request.params as Record<string, string>).tenant ?? '', roles);
  }

  #leave({ beganAt, gone, code }: Visit, request: FastifyRequest, { raw }: FastifyReply): void {
    gone.abort();
    const { operation = '' } = request.routeOptions.config;
    const status = raw.writableFinished ? raw.statusCode : CALLER_GONE;
    const tookMs = this.#options.clock.monotonic() - beganAt;
    this.#options.observe?.answered(operation, status, tookMs, code);
    this.#options.log.debug({ operation, status, code, tookMs: Math.round(tookMs) }, 'request answered');
  }

  #visitOf(request: FastifyRequest): Visit {
    return this.#visits.get(request) as Visit; // made before any handler runs
  }

  #refuse(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const { status, body, retryAfter } = refusalOf(error);
    this.#visitOf(request).code = body.code;
    if (body.code === 'INTERNAL') this.#options.log.error({ err: error, url: request.routeOptions.url }, 'request failed');
    if (retryAfter !== undefined) reply.header('retry-after', String(retryAfter));
    if (status === 401) reply.header('www-authenticate', 'Bearer');
    if (this.#closing) reply.header('connection', 'close');
    void reply.code(status).send(body);
  }
}

declare module 'fastify' {
  interface FastifyContextConfig {
    operation?: string;
    roles?: readonly import('./role.js').Role[];
  }
}
