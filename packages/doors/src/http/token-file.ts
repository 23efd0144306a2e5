import { appendFileSync, closeSync, constants, fstatSync, openSync, readFileSync, type Stats, statSync } from 'node:fs';
import type { Clock, Log, Random } from '@tiercel/actors';
import { fail } from '@tiercel/protocol';
import { BOUNDS } from './bounds.js';
import type { Credential } from './role.js';
import { type Bearer, makeToken, readTokens, Tokens } from './token.js';

const FLAG = '--http-tokens';
const OWNER_ONLY = 0o600;
/** Others may read it, or anybody but its owner may write to it. */
const TOO_OPEN = 0o027;
const MAX_BYTES = 200 * BOUNDS.tokens;

/** Adds a token to a file, which is made when it is not there, and returns it: only its hash is kept. Throws BAD_CONFIG. */
export function createToken(path: string, credential: Credential, random: Random): string {
  const { token, line } = makeToken(credential, random);
  const { O_RDWR, O_APPEND, O_CREAT, O_NOFOLLOW } = constants;
  let file = -1;
  try {
    file = openSync(path, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW, OWNER_ONLY);
    requirePrivate('--file', path, fstatSync(file));
    const text = readFileSync(file, 'utf8');
    appendFileSync(file, text === '' || text.endsWith('\n') ? `${line}\n` : `\n${line}\n`);
    return token;
  } catch (error) {
    return unreadable('--file', path, error);
  } finally {
    if (file >= 0) closeSync(file);
  }
}

/** Tokens of a file, which is read again when it has changed: who is struck off loses access within seconds. */
export class TokenFile {
  readonly #path: string;
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #log: Log;
  #tokens: Tokens;
  #version: string;
  #lookedAt: number;

  /** Throws BAD_CONFIG when the file is not there, open to others or faulty. */
  constructor(path: string, { clock, log }: { readonly clock: Pick<Clock, 'monotonic'>; readonly log: Log }) {
    this.#path = path;
    this.#clock = clock;
    this.#log = log;
    this.#version = versionOf(path);
    this.#tokens = load(path);
    this.#lookedAt = clock.monotonic();
  }

  find(token: string): Bearer | undefined {
    if (this.#clock.monotonic() - this.#lookedAt >= BOUNDS.tokensMs) this.#lookAgain();
    return this.#tokens.find(token);
  }

  /** A file that has become faulty lets nobody in: what was struck off may have been meant. */
  #lookAgain(): void {
    this.#lookedAt = this.#clock.monotonic();
    try {
      const version = versionOf(this.#path);
      if (version === this.#version) return;
      this.#version = version;
      this.#tokens = load(this.#path);
      this.#log.info({ tokens: this.#tokens.size }, 'tokens read again');
    } catch (err) {
      this.#version = '';
      this.#tokens = new Tokens();
      this.#log.error({ err }, 'tokens not read, nobody is let in');
    }
  }
}

function load(path: string): Tokens {
  let text = '';
  let file = -1;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK); // a pipe that nobody writes to would be waited for
    const found = fstatSync(file);
    requirePrivate(FLAG, path, found);
    if (found.size > MAX_BYTES) fail('BAD_CONFIG', { [FLAG]: `expected a file of at most ${MAX_BYTES} bytes, got ${found.size}` });
    text = readFileSync(file, 'utf8');
  } catch (error) {
    return unreadable(FLAG, path, error);
  } finally {
    if (file >= 0) closeSync(file);
  }
  const tokens = readTokens(text);
  const make = 'add one with `tiercel token create`';
  if (typeof tokens === 'number')
    return fail('BAD_CONFIG', { [FLAG]: `expected "sha256:HASH TENANT ROLE" in line ${tokens} of ${path}; ${make}` });
  if (tokens.size === 0) return fail('BAD_CONFIG', { [FLAG]: `expected tokens in ${path}, got none; ${make}` });
  return tokens;
}

function requirePrivate(flag: string, path: string, found: Stats): void {
  if (!found.isFile()) fail('BAD_CONFIG', { [flag]: `expected a file, got something else at ${path}` });
  if ((found.mode & TOO_OPEN) === 0) return;
  const mode = (found.mode & 0o777).toString(8);
  fail('BAD_CONFIG', { [flag]: `expected a file that others can neither read nor change, got mode ${mode}; chmod 600 ${path}` });
}

function unreadable(flag: string, path: string, error: unknown): never {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'BAD_CONFIG') throw error;
  const make = flag === FLAG ? '; make it with `tiercel token create`' : '';
  return fail('BAD_CONFIG', { [flag]: `expected a file, got ${path} (${code ?? 'unknown'})${make}` }, error);
}

function versionOf(path: string): string {
  try {
    const { ino, size, mtimeMs, ctimeMs } = statSync(path);
    return `${ino} ${size} ${mtimeMs} ${ctimeMs}`;
  } catch (error) {
    return unreadable(FLAG, path, error);
  }
}
