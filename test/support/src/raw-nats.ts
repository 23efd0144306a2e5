import { connect, type Socket } from 'node:net';
import { within } from './wait.js';

/** A server that comes to its end writes pages about it first, which on a busy machine took longer than 5 s. */
const ANSWER_MS = 20_000;

interface Heard {
  readonly subject: string;
  readonly reply: string | undefined;
  /** Header lines and body as they came; a 503 shows here. */
  readonly content: string;
}

/**
 * Speaks the NATS protocol without a client library and without its manners: it sends whatever it is told to, and remembers all it
 * hears. For attacks on a server.
 */
export class RawNats {
  readonly heard: Heard[] = [];
  /** `-ERR` lines. */
  readonly errors: string[] = [];
  closed = false;
  readonly #socket: Socket;
  #buffer = Buffer.alloc(0);
  #waiting: (() => void)[] = [];
  #lastSid = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('error', () => {}); // a cut connection is one of the answers wanted
    socket.on('close', () => this.#ended());
    socket.on('data', (chunk) => this.#read(chunk));
  }

  /** Resolves when the server has taken or refused the credentials. */
  static async open(url: string, credentials: { user?: string; pass?: string } = {}): Promise<RawNats> {
    const raw = new RawNats(connect(Number(new URL(url).port), new URL(url).hostname));
    raw.write(`CONNECT ${JSON.stringify({ verbose: false, headers: true, no_responders: true, protocol: 1, ...credentials })}\r\n`);
    await raw.flush();
    return raw;
  }

  write(text: string): void {
    if (!this.closed) this.#socket.write(text);
  }

  subscribe(subject: string, group = ''): void {
    this.write(`SUB ${subject} ${group} ${++this.#lastSid}\r\n`);
  }

  unsubscribeAll(): void {
    for (let sid = 1; sid <= this.#lastSid; sid++) this.write(`UNSUB ${sid}\r\n`);
  }

  publish(subject: string, body = '', reply = ''): void {
    this.write(`PUB ${subject} ${reply} ${Buffer.byteLength(body)}\r\n${body}\r\n`);
  }

  publishWithHeaders(subject: string, headers: Record<string, string>, body = '', reply = ''): void {
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    const head = `NATS/1.0\r\n${lines.join('')}\r\n`;
    this.write(`HPUB ${subject} ${reply} ${head.length} ${head.length + Buffer.byteLength(body)}\r\n${head}${body}\r\n`);
  }

  /** Resolves when the server has dealt with all that was written and all it had to say until then is heard, or has cut us. */
  async flush(): Promise<void> {
    if (this.closed) return;
    const answered = new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.write('PING\r\n');
    await within(ANSWER_MS, 'PONG', answered);
  }

  close(): void {
    this.#socket.destroy();
  }

  #ended(): void {
    this.closed = true;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #read(chunk: Buffer): void {
    this.#buffer = Buffer.concat([this.#buffer, chunk]);
    while (this.#readOne());
  }

  /** `false`: what is left is not complete yet. */
  #readOne(): boolean {
    const end = this.#buffer.indexOf('\r\n');
    if (end < 0) return false;
    const line = this.#buffer.subarray(0, end).toString();
    const bodyBytes = /^H?MSG /.test(line) ? Number(line.split(' ').at(-1)) + 2 : 0;
    if (this.#buffer.length < end + 2 + bodyBytes) return false;
    this.#take(line, this.#buffer.subarray(end + 2, end + 2 + Math.max(0, bodyBytes - 2)).toString());
    this.#buffer = this.#buffer.subarray(end + 2 + bodyBytes);
    return true;
  }

  #take(line: string, content: string): void {
    const [verb, subject = '', , ...rest] = line.split(' ');
    const sizes = verb === 'HMSG' ? 2 : 1;
    if (verb === 'MSG' || verb === 'HMSG') this.heard.push({ subject, reply: rest.length > sizes ? rest[0] : undefined, content });
    else if (verb === 'PING') this.write('PONG\r\n');
    else if (verb === 'PONG') this.#waiting.shift()?.();
    else if (verb === '-ERR') this.errors.push(line);
  }
}
