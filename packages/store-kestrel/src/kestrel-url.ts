import { fail } from '@tiercel/protocol';
import { STORE_BOUNDS } from './store-bounds.js';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** What `kestrel://host:port,host:port?reads=200&names=shared` says. */
export interface KestrelUrl {
  readonly servers: readonly Address[];
  readonly reads: number;
  /** Queues are called, and items look, as in the article this project takes after. */
  readonly shared: boolean;
}

const EXPECTED = 'kestrel://host[:port][,host[:port]…][?reads=1…10000][&names=shared]';
const PORT = '22133';

export const isKestrelStoreUrl = (url: string): boolean => parse(url) !== undefined;

/** Throws BAD_CONFIG. */
export const readKestrelUrl = (url: string): KestrelUrl =>
  parse(url) ?? fail('BAD_CONFIG', { store: `expected ${EXPECTED}, got ${url.slice(0, 80)}` });

function parse(url: string): KestrelUrl | undefined {
  const [, hosts, query = ''] = /^kestrel:\/\/([^/?#]+)\/?(?:\?([^#]*))?$/.exec(url) ?? [];
  if (hosts === undefined) return undefined;
  const servers = hosts.split(',').map(addressOf);
  const options = optionsOf(query);
  const isWhole = servers.every((server) => server !== undefined) && servers.length <= STORE_BOUNDS.servers;
  return isWhole && options ? { servers: servers as Address[], ...options } : undefined;
}

function addressOf(text: string): Address | undefined {
  const [, v6, name, port = PORT] = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const host = v6 ?? name;
  return host !== undefined && Number(port) >= 1 && Number(port) <= 65_535 ? { host, port: Number(port) } : undefined;
}

function optionsOf(query: string): Omit<KestrelUrl, 'servers'> | undefined {
  const { reads = `${STORE_BOUNDS.reads}`, names = 'own', ...unknown } = Object.fromEntries(new URLSearchParams(query));
  const isRead = /^\d{1,5}$/.test(reads) && Number(reads) >= 1 && Number(reads) <= STORE_BOUNDS.mostReads;
  const isKnown = Object.keys(unknown).length === 0 && (names === 'own' || names === 'shared');
  return isRead && isKnown ? { reads: Number(reads), shared: names === 'shared' } : undefined;
}
