import { type ChangeVerdict, fail } from '@tiercel/protocol';
import { type Answer, type Operation, ok } from './operation.js';
import * as schemas from './schemas.js';

const CHANGE = { params: schemas.ofJob, query: schemas.noQuery, roles: ['operate'], answers: { 200: schemas.changed } } as const;

export const cancelJob: Operation = {
  ...CHANGE,
  id: 'cancelJob',
  method: 'DELETE',
  url: '/v1/tenants/:tenant/jobs/:id',
  about: 'Takes a job back; one that runs is asked to stop and answered as leased.',
  act: async ({ tenant, params: { id = '' } }) => changed(id, await tenant.cancel([id])),
};

export const reviveJob: Operation = {
  ...CHANGE,
  id: 'reviveJob',
  method: 'POST',
  url: '/v1/tenants/:tenant/jobs/:id/revive',
  about: 'Puts a dead letter back, with a new allowance of attempts.',
  act: async ({ tenant, params: { id = '' } }) => changed(id, await tenant.revive([id])),
};

function changed(id: string, [verdict]: readonly ChangeVerdict[]): Answer {
  if (verdict?.code === 'OK') return ok({ id, state: verdict.state });
  return fail(verdict?.code ?? 'NO_ANSWER', { id, ...(verdict?.state && { state: verdict.state }) });
}
