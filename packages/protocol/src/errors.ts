/**
 * The one table of errors. `sentence` says what happened and what to do; `retryable` says whether the same call may succeed later.
 * Codes cross the wire; callers switch on `code`, never on a class or a sentence.
 */
export const ERRORS = {
  BAD_NAME: {
    retryable: false,
    sentence: 'a name does not have the form it must have; use letters, digits, _ and -, in an id also . : and @',
  },
  BAD_DATA: {
    retryable: false,
    sentence:
      'the schema of the job refuses its data, or they cannot be carried; mend them, and use plain values, arrays, objects, dates and bytes',
  },
  BAD_OPTION: { retryable: false, sentence: 'an option is out of its range; see its documentation' },
  BAD_CONFIG: { retryable: false, sentence: 'the configuration has faults; mend those listed' },
  BAD_MESSAGE: {
    retryable: false,
    sentence: 'a message does not have the shape of the protocol; check that both ends run the same version',
  },
  PAYLOAD_TOO_LARGE: {
    retryable: false,
    sentence: 'the payload is over its limit; store it elsewhere and enqueue a reference to it',
  },
  ENVELOPE_TOO_LARGE: {
    retryable: false,
    sentence: 'what surrounds the payload is over 16 KiB or nested deeper than 16; shorten it',
  },
  BATCH_TOO_LARGE: { retryable: false, sentence: 'a batch is over 500 items or 512 KiB; split it' },
  QUEUE_FULL: {
    retryable: true,
    sentence: 'the queue holds as much as its settings allow; wait until jobs are done, or raise them',
  },
  DUPLICATE_ID: { retryable: false, sentence: 'the id belongs to a job with other contents; choose another id' },
  LEASE_LOST: { retryable: false, sentence: 'the lease is no longer held, so nothing was changed; drop the work' },
  NOT_FOUND: { retryable: false, sentence: 'there is no such job; it may have been pruned' },
  WRONG_STATE: { retryable: false, sentence: 'the job is not in a state that allows this' },
  FOREIGN_TENANT: { retryable: false, sentence: 'this credential speaks for another tenant; use the tenant of the credential' },
  NOT_SUPPORTED: {
    retryable: false,
    sentence: 'the storage cannot do this; "What drivers can do" in the README of @tiercel/store lists what each can',
  },
  NO_SUCH_KIND: { retryable: false, sentence: 'the actor has no handler for this kind of message' },
  BUSY: { retryable: true, sentence: 'the tenant has too many requests under way; repeat after retryAfterMs' },
  MAILBOX_FULL: { retryable: true, sentence: 'the actor takes no more messages now; repeat later' },
  NO_ANSWER: {
    retryable: true,
    sentence:
      'no answer came in time, so what happened is unknown; wait again for a result, and repeat anything else with the same id',
  },
  UNREACHABLE: {
    retryable: true,
    sentence: 'nobody serves this address now; start what should, a broker-adapter or a server, or check the URL',
  },
  ACCESS_DENIED: {
    retryable: false,
    sentence: 'the NATS server refused the credentials, or they may not use this subject; check user, password and permissions',
  },
  BAD_TOKEN: {
    retryable: false,
    sentence: 'the bearer token is missing or unknown; send one that `tiercel token create` made',
  },
  NOT_ALLOWED: { retryable: false, sentence: 'this request is not allowed; use a token of a role that allows it' },
  NO_SUCH_ROUTE: { retryable: false, sentence: 'nothing is served under this method and path; see /v1/openapi.json' },
  STORAGE_FULL: { retryable: true, sentence: 'the storage is full; make room or wait until jobs are done' },
  STORAGE_UNAVAILABLE: { retryable: true, sentence: 'the storage does not answer; check that it runs' },
  STORAGE_UNFIT: { retryable: false, sentence: 'the storage is set up in a way that would lose jobs' },
  STORAGE_OWNED: { retryable: false, sentence: 'another process owns this storage; stop it, or reach the jobs through it' },
  STORAGE_DENIED: { retryable: false, sentence: 'the storage refused access; check user, password and permissions' },
  CORRUPT: { retryable: false, sentence: 'a record or payload does not match its checksum; it was set aside untouched' },
  UNKNOWN_JOB: { retryable: false, sentence: 'no handler has this job name; add one with --handlers' },
  HANDLERS_NOT_LOADED: { retryable: false, sentence: 'the handler module did not load; run it with node to see why' },
  JOB_FAILED: { retryable: false, sentence: 'the job ended without success' },
  ABORTED: { retryable: false, sentence: 'the caller gave up waiting' },
  STOPPED: { retryable: true, sentence: 'this end is shutting down' },
  INTERNAL: { retryable: true, sentence: 'an unforeseen fault; the log of the service that answered has it' },
} as const satisfies Record<string, { retryable: boolean; sentence: string }>;

export type ErrorCode = keyof typeof ERRORS;
/** Facts of an error: small plain values that may cross the wire. */
export type Facts = Readonly<Record<string, string | number | boolean | null>>;

export const isErrorCode = (code: unknown): code is ErrorCode => typeof code === 'string' && Object.hasOwn(ERRORS, code);

/** The only error class. `code` and `facts` survive the wire and duplicate packages; `message` is one line for people. */
export class TiercelError extends Error {
  readonly code: ErrorCode;
  readonly facts: Facts;
  readonly retryable: boolean;

  constructor(code: ErrorCode, facts: Facts = {}, cause?: unknown) {
    super(line(code, facts), cause === undefined ? undefined : { cause });
    this.name = 'TiercelError';
    this.code = code;
    this.facts = facts;
    this.retryable = ERRORS[code].retryable;
  }
}

export function fail(code: ErrorCode, facts?: Facts, cause?: unknown): never {
  throw new TiercelError(code, facts, cause);
}

/** The code of anything thrown: its own when it carries one of ours, else `INTERNAL`. */
export function codeOf(error: unknown): ErrorCode {
  const code = (error as { code?: unknown } | null)?.code;
  return isErrorCode(code) ? code : 'INTERNAL';
}

/** Anything thrown, as a TiercelError: itself when it carries one of our codes, else `INTERNAL` with it as cause. */
export function asTiercelError(error: unknown): TiercelError {
  if (error instanceof TiercelError) return error;
  const code = codeOf(error);
  const facts = (error as { facts?: Facts } | null)?.facts;
  if (code === 'INTERNAL' && facts === undefined) return new TiercelError(code, { reason: reasonOf(error) }, error);
  return new TiercelError(code, facts ?? {}, error);
}

const reasonOf = (error: unknown): string =>
  error instanceof Error ? error.message : typeof error === 'object' ? 'something other than an error was thrown' : String(error);

/** `CODE: sentence (fact=value, …)`. A remedy among the facts is that of this very error, and stands for that of its code. */
function line(code: ErrorCode, { remedy, ...facts }: Facts): string {
  const { sentence } = ERRORS[code];
  const told = remedy === undefined ? sentence : `${sentence.split('; ', 1)[0]}; ${remedy}`;
  const shown = Object.entries(facts).map(([key, value]) => `${key}=${value}`);
  return `${code}: ${told}${shown.length > 0 ? ` (${shown.join(', ')})` : ''}`.replace(/\s+/g, ' ');
}
