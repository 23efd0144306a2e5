import { checksumOf, type JobView, type LeasedJob, type Settlement } from '@tiercel/protocol';
import type { TenantJob } from '@tiercel/store';

/** What clients know of one job: what storage answered, and the one thing that was asked last and not answered. */
interface Account {
  readonly job: TenantJob;
  isStored: boolean;
  grants: LeasedJob[];
  /** The settlement sent last, and whether it was answered. */
  settled: { readonly settlement: Settlement; isAnswered: boolean } | undefined;
}

/** A promise that storage did not keep. */
export interface Fault {
  readonly kind: 'lost' | 'undone' | 'damaged' | 'repeated';
  readonly id: string;
  readonly what: string;
}

/** Book of what storage acknowledged, and the judge of what it still knows. */
export class Ledger {
  readonly #accounts = new Map<string, Account>();
  readonly #tokens = new Set<string>();
  readonly #repeated: Fault[] = [];

  get accounts(): Iterable<Account> {
    return this.#accounts.values();
  }

  /** Jobs, and how many promises were made about them. */
  get size(): { readonly jobs: number; readonly promises: number } {
    const all = [...this.#accounts.values()];
    const promises = all.map(
      ({ isStored, grants, settled }) => Number(isStored) + grants.length + Number(settled?.isAnswered ?? 0),
    );
    return { jobs: all.length, promises: promises.reduce((sum, each) => sum + each, 0) };
  }

  sends(jobs: readonly TenantJob[]): void {
    for (const job of jobs) this.#accounts.set(job.id, { job, isStored: false, grants: [], settled: undefined });
  }

  isStored(jobs: readonly TenantJob[]): void {
    for (const { id } of jobs) this.#of(id).isStored = true;
  }

  isGranted(leases: readonly LeasedJob[]): void {
    for (const lease of leases) {
      if (this.#tokens.has(lease.token)) this.#repeated.push({ kind: 'repeated', id: lease.id, what: `token ${lease.token}` });
      this.#tokens.add(lease.token);
      const account = this.#of(lease.id);
      account.grants.push(lease);
      account.settled = undefined;
    }
  }

  settles(settlements: readonly Settlement[]): void {
    for (const settlement of settlements) this.#of(settlement.id).settled = { settlement, isAnswered: false };
  }

  isSettled(settlements: readonly Settlement[]): void {
    for (const { id, token } of settlements) {
      const { settled } = this.#of(id);
      // Released, and granted to another client whose answer was faster: that says more.
      if (settled?.settlement.token === token) settled.isAnswered = true;
    }
  }

  /** Leases that were granted, and that nobody tried to end. */
  held(): LeasedJob[] {
    return [...this.accounts].flatMap(({ grants, settled }) => (settled ? [] : grants.slice(-1)));
  }

  get repeated(): readonly Fault[] {
    return this.#repeated;
  }

  /** What is wrong with what storage says of a job. */
  judge(id: string, view: JobView | null): Fault[] {
    const account = this.#of(id);
    if (!view) return account.isStored || account.grants.length > 0 ? [{ kind: 'lost', id, what: 'it is gone' }] : [];
    return [...damage(account, view), ...undone(account, view)];
  }

  #of(id: string): Account {
    const account = this.#accounts.get(id);
    if (!account) throw new Error(`storage knows a job ${id} that nobody sent`);
    return account;
  }
}

function damage({ job }: Account, view: JobView): Fault[] {
  const { id, tenant, queue, name, encoding } = view;
  if (!view.payload) return [];
  const checksum = checksumOf({ ...job, id, tenant, queue, name, encoding, payload: view.payload });
  return checksum === job.checksum ? [] : [{ kind: 'damaged', id, what: `checksum ${checksum}, not ${job.checksum}` }];
}

/** Nobody else works on these jobs, so each is where its last answer left it, or one unanswered step further. */
function undone({ job, isStored, grants, settled }: Account, view: JobView): Fault[] {
  const { id, state, attempt } = view;
  const fault = (what: string): Fault[] => [{ kind: 'undone', id, what: `${what}; it is ${state} at attempt ${attempt}` }];
  if (attempt < grants.length) return fault(`it was granted ${grants.length} times`);
  if (settled?.isAnswered) {
    const after = statesAfter(settled.settlement);
    return after.includes(state) ? [] : fault(`${settled.settlement.outcome} was acknowledged`);
  }
  // A reserve whose answer was lost may have leased what was ready.
  const waiting = job.delayMs > 0 ? ['scheduled'] : ['ready', 'leased'];
  const before = grants.length > 0 ? ['leased'] : waiting;
  const allowed = settled ? [...before, ...statesAfter(settled.settlement)] : before;
  return allowed.includes(state) ? [] : fault(isStored ? 'its enqueue was acknowledged' : 'its enqueue was sent');
}

function statesAfter(settlement: Settlement): readonly string[] {
  if (settlement.outcome === 'ack') return ['completed'];
  if (settlement.outcome === 'bury') return ['dead'];
  return settlement.delayMs > 0 ? ['scheduled'] : ['ready', 'leased'];
}
