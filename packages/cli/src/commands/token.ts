import { realRandom } from '@tiercel/actors';
import { createToken, EVERY_TENANT, isRole, isTenant, ROLES } from '@tiercel/doors';
import { fail } from '@tiercel/protocol';
import { print } from '../print.js';

export interface TokenFlags {
  readonly tenant: string;
  readonly role: string;
  readonly file: string;
  readonly json?: boolean;
}

/** Makes a token and prints it: this once, since the file keeps its hash alone. */
export async function create({ tenant, role, file, json = false }: TokenFlags): Promise<void> {
  if (!isTenant(tenant))
    fail('BAD_OPTION', {
      option: '--tenant',
      expected: `the name of a tenant, or ${EVERY_TENANT} for all`,
      got: tenant.slice(0, 40),
    });
  if (!isRole(role)) return fail('BAD_OPTION', { option: '--role', expected: ROLES.join(', '), got: role.slice(0, 40) });
  const token = createToken(file, { tenant, role }, realRandom);
  print({ json }, { token, tenant, role, file }, () => token);
}
