import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fail } from '@tiercel/protocol';
import type { Checked } from './readiness.js';

export interface HealthOptions {
  /** Where it listens; the loopback address unless the operator says otherwise. */
  readonly host: string;
  /** 0 = one that is free. */
  readonly port: number;
  /** What `/readyz` answers: 200 when `ok`, else 503. Must not throw. */
  readonly report: () => Checked;
  /** What `/metrics` answers, in Prometheus' text format. */
  readonly metrics: () => Promise<string>;
}

export interface HealthServer {
  readonly port: number;
  close(): Promise<void>;
}

const BOUNDS = { connections: 64, requestMs: 2_000, headerBytes: 4_096 } as const;

const HEADERS = { 'cache-control': 'no-store', connection: 'close' } as const;
const JSON_TYPE = 'application/json';
const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

/**
 * Answers `GET /livez` (the event loop turns) and `GET /readyz` (it does its work), each with one line of JSON, and `GET /metrics`, one
 * request a connection. Bodies are not read. Throws BAD_CONFIG when the address is not to be had.
 */
export async function serveHealth({ host, port, ...parts }: HealthOptions): Promise<HealthServer> {
  const { connections, requestMs, headerBytes } = BOUNDS;
  const timing = { headersTimeout: requestMs, requestTimeout: requestMs, connectionsCheckingInterval: requestMs / 4 };
  const server = createServer({ maxHeaderSize: headerBytes, ...timing });
  server.maxConnections = connections;
  server.timeout = requestMs;
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const { status, type, text } = await answerTo(request, parts);
    response.writeHead(status, { 'content-type': type, ...HEADERS }).end(text);
  };
  server.on('request', answer);
  server.on('checkContinue', answer); // who asks before it sends a body is answered without one
  await listen(server, host, port);
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answerTo(
  { method, url = '' }: IncomingMessage,
  { report, metrics }: Pick<HealthOptions, 'report' | 'metrics'>,
): Promise<Answer> {
  if (method !== 'GET' && method !== 'HEAD') return json(405, { ok: false, expected: 'GET' });
  const [path] = url.split('?', 1);
  if (path === '/livez') return json(200, { ok: true });
  if (path === '/metrics') return { status: 200, type: METRICS_TYPE, text: await metrics() };
  if (path !== '/readyz') return json(404, { ok: false, expected: '/livez, /readyz or /metrics' });
  const told = report();
  return json(told.ok ? 200 : 503, told);
}

const json = (status: number, told: Checked): Answer => ({ status, type: JSON_TYPE, text: `${JSON.stringify(told)}\n` });

const listen = (server: Server, host: string, port: number): Promise<void> =>
  new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve)).catch(
    ({ code = 'unknown' }: NodeJS.ErrnoException) =>
      fail('BAD_CONFIG', { '--health-port': `expected an address that is free, got ${host}:${port} (${code})` }),
  );
