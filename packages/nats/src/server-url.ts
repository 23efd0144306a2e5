import { fail } from '@tiercel/protocol';

/** Where to connect, taken apart. */
export interface ServerUrl {
  /** `host:port` of each server. */
  readonly servers: string[];
  readonly tls: boolean;
  readonly user?: string;
  readonly pass?: string;
  /** The URL without credentials, for people. */
  readonly shown: string;
}

/**
 * Reads `nats://[user[:password]@]host[:port]`, several separated by commas; `tls://` demands encryption. Credentials of the
 * first one that has any hold for all. Throws BAD_OPTION.
 */
export function readServerUrl(text: string): ServerUrl {
  const urls = text.split(',').map((part) => readOne(part.trim()));
  const owner = urls.find((url) => url.username !== '');
  return {
    servers: urls.map(hostOf),
    tls: urls.some((url) => url.protocol === 'tls:'),
    ...(owner && { user: decodeURIComponent(owner.username), pass: decodeURIComponent(owner.password) }),
    shown: urls.map((url) => `${url.protocol}//${hostOf(url)}`).join(','),
  };
}

function readOne(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !['nats:', 'tls:'].includes(url.protocol) || url.hostname === '') {
    fail('BAD_OPTION', { option: 'url', expected: 'nats://host:port', got: withoutCredentials(text) });
  }
  return url;
}

const hostOf = (url: URL): string => `${url.hostname}:${url.port || '4222'}`;

/** What stands before an `@` may be a password. */
const withoutCredentials = (text: string): string => text.replace(/^.*@/, '').slice(0, 80);
