import { fail } from '@tiercel/protocol';

const FORM = 'redis://[user:password@]host[:port][,host:port…][/database]';
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

/** What two parts of an address are together. */
export const join = (host: string, port: number): string => `${host.includes(':') ? `[${host}]` : host}:${port}`;

/** The URL standard knows no lists of hosts, so the list is cut out first. The password is in no fault. */
function partsOf(url: string): { before: string; hosts: string; after: string } {
  const [, before, hosts, after] = /^(rediss?:\/\/(?:[^/?#]*@)?)([^/?#@]*)(.*)$/.exec(url) ?? [];
  if (before === undefined || !hosts) return fail('BAD_CONFIG', { option: 'store', expected: FORM });
  return { before, hosts, after: after ?? '' };
}

function checked(url: string): string {
  if (!URL.canParse(url) || new URL(url).hostname === '') fail('BAD_CONFIG', { option: 'store', expected: FORM });
  return url;
}
