import { fail } from '@tiercel/protocol';

const FORM = 'redis://host:port[,host:port…][/database], before the host user:password@ where it takes one';
const DEFAULT_PORT = '6379';

/** One URL for each server that a storage URL names: `redis://:secret@a:1,b:2` names two. Throws BAD_CONFIG. */
export function urlsOf(url: string): string[] {
  const { before, hosts, after } = partsOf(url);
  return hosts.split(',').map((host) => checked(`${before}${host}${after}`));
}

/** The same with another server in it. `address` is `host:port`. */
export function urlAt(url: string, address: string): string {
  const { before, after } = partsOf(url);
  return `${before}${address}${after}`;
}

/** `host:port`, for people and as a name; an IPv6 host in brackets. */
export function addressOf(url: string): string {
  const { hostname, port } = new URL(url);
  return `${hostname}:${port || DEFAULT_PORT}`;
}

/** A password that came without a user, and so is the default user's; else undefined. */
export function barePasswordOf(url: string): string | undefined {
  const { username, password } = new URL(url);
  return username === '' && password !== '' ? decodeURIComponent(password) : undefined;
}

/** What two parts of an address are together. */
export const join = (host: string, port: number): string => `${host.includes(':') ? `[${host}]` : host}:${port}`;

/** The URL standard knows no lists of hosts, so the list is cut out first. The password is in no fault. */
function partsOf(url: string): { before: string; hosts: string; after: string } {
  const [, before, hosts, after] = /^(rediss?:\/\/(?:[^/?#]*@)?)([^/?#@]*)(.*)$/.exec(url) ?? [];
  if (before === undefined || !hosts) return fail('BAD_CONFIG', { option: 'store', expected: FORM });
  return { before, hosts, after: after ?? '' };
}

function checked(url: string): string {
  if (!isSound(url)) fail('BAD_CONFIG', { option: 'store', expected: FORM });
  return url;
}

function isSound(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { hostname, pathname, username, password } = new URL(url);
  return hostname !== '' && /^(\/\d{0,9})?$/.test(pathname) && [username, password].every(isDecodable);
}

/** A `%` of a password stands for itself only as `%25`. */
function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
