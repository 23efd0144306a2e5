import type { Socket } from 'node:net';
import type { Log } from '@tiercel/actors';
import { toJson } from '@tiercel/client';
import { type FastifyInstance, fastify } from 'fastify';
import { BOUNDS } from './bounds.js';
import { refusalOf } from './refusal.js';
import { validatorCompiler } from './validator.js';

/** The framework with our bounds, and nothing that it does by itself: no coercion of bodies, no field dropped or filled in quietly. */
export function createApp(log: Log): FastifyInstance {
  const { receiveMs, idleMs, waitMs, answerMs, bodyBytes, headerBytes, connections } = BOUNDS;
  const app = fastify({
    bodyLimit: bodyBytes,
    requestTimeout: receiveMs,
    connectionTimeout: waitMs + 2 * answerMs,
    keepAliveTimeout: idleMs,
    return503OnClosing: false,
    exposeHeadRoutes: false,
    onProtoPoisoning: 'error',
    onConstructorPoisoning: 'error',
    routerOptions: { maxParamLength: 128 },
    http: { maxHeaderSize: headerBytes, headersTimeout: receiveMs / 2, connectionsCheckingInterval: 1_000 },
    clientErrorHandler: hangUp,
    frameworkErrors: (error, _request, reply) => {
      const { status, body } = refusalOf(error);
      reply.raw.writeHead(status, { 'content-type': 'application/json' }).end(toJson(body));
    },
  });
  app.server.maxConnections = connections;
  app.removeContentTypeParser('text/plain');
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeContentTypeParser('application/json');
  // a client that names the type and sends nothing means nothing
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, text, done) =>
    text === '' ? done(null, undefined) : parse(request, text as string, done),
  );
  app.setValidatorCompiler(validatorCompiler());
  app.setSerializerCompiler(() => (value) => toJson(value));
  app.setReplySerializer((value) => toJson(value));
  app.server.on('dropRequest', () => log.warn({}, 'request dropped'));
  return app;
}

/** What is no HTTP is answered in a line, and the connection ends. */
function hangUp(error: Error, socket: Socket): void {
  if ((error as NodeJS.ErrnoException).code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const { status, body } = refusalOf(error);
  const text = toJson(body);
  const head = ['content-type: application/json', `content-length: ${Buffer.byteLength(text)}`, 'connection: close'];
  socket.end(`HTTP/1.1 ${status} Refused\r\n${head.join('\r\n')}\r\n\r\n${text}`);
}
