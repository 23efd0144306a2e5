import { isName, requireName } from './names.js';

/** Stands for the tenant in subjects of the operator's own consumers, which serve all tenants. */
export const POOL = '_pool';
/** Stands for the tenant in subjects between the services themselves. */
export const SYS = '_sys';
/** Stands for the queue where a request names several in its body, or none. */
export const ANY = '_any';
/** Name of the queue group that all brokers of an installation share. */
export const BROKER_GROUP = 'broker';

/** `tiercel.<namespace>.<tenant>`: where a tenant reaches the broker. `tenant` may be {@link POOL}. */
export function brokerPath(namespace: string, tenant: string): string {
  requireName('namespace', namespace);
  if (tenant !== POOL) requireName('tenant', tenant);
  return `tiercel.${namespace}.${tenant}`;
}

/** `tiercel.<namespace>._sys.<what>`: between services. */
export function sysPath(namespace: string, what: string): string {
  return `tiercel.${requireName('namespace', namespace)}.${SYS}.${what}`;
}

/** `tiercel.<namespace>._sys.held.<nonce>`: the broker whose leases end with this nonce, see `HeldProtocol`. */
export function heldPath(namespace: string, nonce: string): string {
  return `${sysPath(namespace, 'held')}.${nonce}`;
}

/**
 * `tiercel.<namespace>._sys.present.<instance, encoded>`: a request there is answered by the process of that name itself, with nothing. Where it
 * is connected no more, the server says that nobody is there.
 */
export function presentSubject(namespace: string, instance: string): string {
  return `${sysPath(namespace, 'present')}.${Buffer.from(instance).toString('base64url')}`;
}

/** The path pattern on which a broker serves every tenant of a namespace and its pool. */
export function everyTenant(namespace: string): string {
  return `tiercel.${requireName('namespace', namespace)}.*`;
}

/** What the server stamped on a request: whose it is, what it asks, for which queue. */
export interface Stamp {
  readonly namespace: string;
  /** A tenant's name, or {@link POOL}. */
  readonly tenant: string;
  readonly verb: string;
  /** A queue's name, or {@link ANY}. */
  readonly queue: string;
}

/** Reads a received subject, every token checked again; `undefined` when it is not one of a tenant or the pool. */
export function readStamp(subject: string): Stamp | undefined {
  const tokens = subject.split('.');
  const [root, namespace, tenant, verb, queue] = tokens as [string, string, string, string, string];
  if (tokens.length !== 5 || root !== 'tiercel' || !isName(namespace) || !isName(verb)) return undefined;
  if (tenant !== POOL && !isName(tenant)) return undefined;
  if (queue !== ANY && !isName(queue)) return undefined;
  return { namespace, tenant, verb, queue };
}

/** A reply subject that a service may answer on: at most 255 bytes, begins with `_INBOX` or `_R_`, no wildcard, no empty token. */
export function isReplySubject(subject: string): boolean {
  return subject.length <= 255 && /^(_INBOX|_R_)[\x21-\x7e]*$/.test(subject) && subject.split('.').every(isLiteral);
}

const isLiteral = (token: string): boolean => token !== '' && !/[*>]/.test(token);
