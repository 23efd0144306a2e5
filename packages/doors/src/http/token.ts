import { createHash, timingSafeEqual } from 'node:crypto';
import type { Random } from '@tiercel/actors';
import { isName } from '@tiercel/protocol';
import { type Credential, EVERY_TENANT, ROLES, type Role } from './role.js';

const SECRET_BYTES = 32;
/** So that who looks for secrets in code finds it. */
const PREFIX = 'tiercel_';
const TOKEN = /^tiercel_[A-Za-z0-9_-]{43}$/;
const LINE = /^sha256:([0-9a-f]{64})\s+(\S+)\s+(\S+)$/;

/** A token of 256 random bits, and the line of the token file that knows it by its hash. */
export function makeToken({ tenant, role }: Credential, random: Random): { readonly token: string; readonly line: string } {
  const token = PREFIX + Buffer.from(random.bytes(SECRET_BYTES)).toString('base64url');
  return { token, line: `sha256:${hashOf(token).toString('hex')} ${tenant} ${role}` };
}

/** Whoever holds a token. */
export interface Bearer extends Credential {
  /** Tells this token from others without being it. */
  readonly caller: string;
}

/** The tokens of a file, by the first half of their hashes: a lookup that depends on the hash alone tells nothing of a token. */
export class Tokens {
  readonly #known = new Map<string, { readonly hash: Buffer; readonly bearer: Bearer }>();

  add(hash: Buffer, credential: Credential): void {
    const caller = keyOf(hash);
    this.#known.set(caller, { hash, bearer: { ...credential, caller } });
  }

  get size(): number {
    return this.#known.size;
  }

  /** Whose token it is; `undefined` when nobody's. */
  find(token: string): Bearer | undefined {
    if (!TOKEN.test(token)) return undefined;
    const hash = hashOf(token);
    const known = this.#known.get(keyOf(hash));
    return known && timingSafeEqual(known.hash, hash) ? known.bearer : undefined;
  }
}

/** A token file's text: `sha256:HASH TENANT ROLE` a line, empty lines and `#` comments between. Returns the number of a faulty line. */
export function readTokens(text: string): Tokens | number {
  const tokens = new Tokens();
  for (const [place, line] of text.split('\n').entries()) {
    const said = line.replace(/#.*$/, '').trim();
    if (said === '') continue;
    const [, hash = '', tenant = '', role = ''] = LINE.exec(said) ?? [];
    if (hash === '' || !isTenant(tenant) || !isRole(role)) return place + 1;
    tokens.add(Buffer.from(hash, 'hex'), { tenant, role });
  }
  return tokens;
}

export const isTenant = (text: string): boolean => text === EVERY_TENANT || isName(text);
export const isRole = (text: string): text is Role => (ROLES as readonly string[]).includes(text);

const hashOf = (token: string): Buffer => createHash('sha256').update(token).digest();
const keyOf = (hash: Buffer): string => hash.toString('latin1', 0, 16);
