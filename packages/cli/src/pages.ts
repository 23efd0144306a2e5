import type { TenantClient } from '@tiercel/client';
import type { JobState, JobView } from '@tiercel/protocol';
import { readWhole } from './number.js';

export interface PageFlags {
  readonly queue?: string;
  readonly limit?: string;
}

const PAGE = 100;
/** Of jobs that one command reads. */
export const MOST = 10_000;

/** As many jobs of a state as `--limit` says, 100 by default. Throws BAD_OPTION, before anything is asked. */
export function pagesOf(state: JobState, { queue = '', limit = String(PAGE) }: PageFlags) {
  const most = readWhole('--limit', limit, 1, MOST);
  return async (tenant: TenantClient): Promise<readonly JobView[]> => {
    const found: JobView[] = [];
    for (let cursor = ''; found.length < most; ) {
      const page = await tenant.list({ state, queue, cursor, limit: Math.min(PAGE, most - found.length) });
      found.push(...page.jobs);
      if (page.cursor === '') break;
      cursor = page.cursor;
    }
    return found;
  };
}
