import { fail } from '@tiercel/protocol';
import type { FastifyRequest } from 'fastify';
import { isOfPageElsewhere } from '../loopback.js';
import { EVERY_TENANT, type Role } from './role.js';
import type { TokenFile } from './token-file.js';

/** Lets a request in, or refuses it; says who asks, for the rate. */
export interface Access {
  /** Who a request is counted for; the credential is looked at, not yet what it asks for. */
  readonly caller: string;
  /** Throws BAD_TOKEN, NOT_ALLOWED or FOREIGN_TENANT. */
  require(tenant: string, roles: readonly Role[]): void;
}

/** With tokens: by the one that the request carries. Without: everybody on this machine may do everything, but no page in a browser. */
export const accessOf = (request: FastifyRequest, tokens: TokenFile | undefined): Access =>
  tokens ? byToken(request, tokens) : byMachine(request);

function byToken(request: FastifyRequest, tokens: TokenFile): Access {
  const given = request.raw.headersDistinct.authorization ?? [];
  const [, token = ''] = given.length === 1 ? (/^Bearer +(\S{1,200}) *$/i.exec(given[0] as string) ?? []) : [];
  const bearer = tokens.find(token);
  return {
    caller: bearer?.caller ?? request.ip,
    require(tenant, roles) {
      if (bearer === undefined) return fail('BAD_TOKEN', { expected: 'one header: Authorization: Bearer TOKEN' });
      if (bearer.tenant !== EVERY_TENANT && bearer.tenant !== tenant) fail('FOREIGN_TENANT', { tenant: bearer.tenant });
      if (!roles.includes(bearer.role)) fail('NOT_ALLOWED', { role: bearer.role, expected: roles.join(', ') });
    },
  };
}

function byMachine(request: FastifyRequest): Access {
  const strange = isOfPageElsewhere(request.headers);
  return {
    caller: request.ip,
    require() {
      if (strange) fail('NOT_ALLOWED', { at: 'host and origin', expected: 'localhost, as long as there are no tokens' });
    },
  };
}
