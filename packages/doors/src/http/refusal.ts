import { asTiercelError, ERRORS, type ErrorCode, type Facts, TiercelError } from '@tiercel/protocol';
import { BOUNDS } from './bounds.js';

/** The HTTP status of every code. */
export const STATUS = {
  BAD_NAME: 400,
  BAD_DATA: 400,
  BAD_OPTION: 400,
  BAD_CONFIG: 500,
  BAD_MESSAGE: 400,
  PAYLOAD_TOO_LARGE: 413,
  ENVELOPE_TOO_LARGE: 413,
  BATCH_TOO_LARGE: 413,
  QUEUE_FULL: 429,
  DUPLICATE_ID: 409,
  LEASE_LOST: 409,
  NOT_FOUND: 404,
  WRONG_STATE: 409,
  FOREIGN_TENANT: 403,
  NOT_SUPPORTED: 501,
  NO_SUCH_KIND: 501,
  BUSY: 429,
  MAILBOX_FULL: 503,
  NO_ANSWER: 504,
  UNREACHABLE: 503,
  ACCESS_DENIED: 502,
  BAD_TOKEN: 401,
  NOT_ALLOWED: 403,
  NO_SUCH_ROUTE: 404,
  STORAGE_FULL: 507,
  STORAGE_UNAVAILABLE: 503,
  STORAGE_UNFIT: 503,
  STORAGE_OWNED: 503,
  STORAGE_DENIED: 502,
  CORRUPT: 500,
  UNKNOWN_JOB: 500,
  HANDLERS_NOT_LOADED: 500,
  JOB_FAILED: 500,
  ABORTED: 503,
  STOPPED: 503,
  INTERNAL: 500,
} as const satisfies Record<ErrorCode, number>;

/** What a caller is told of a refusal. */
interface RefusalBody {
  readonly code: ErrorCode;
  /** What happened. */
  readonly message: string;
  /** What to do. */
  readonly remedy?: string;
  readonly facts: Facts;
}

export interface Refusal {
  readonly status: number;
  readonly body: RefusalBody;
  /** Seconds. */
  readonly retryAfter?: number;
}

/** Facts that are the caller's to know when the fault is on our side of the door; others may name servers. */
const OUTSIDE = new Set(['id', 'retryAfterMs', 'waitedMs']);

/** Anything thrown, as the answer to a request. */
export function refusalOf(thrown: unknown): Refusal {
  const { status, error } = known(thrown);
  const [message = '', remedy] = sentenceOf(error.code).split('; ', 2);
  const { retryAfterMs } = error.facts;
  const body = { code: error.code, message, ...(remedy && { remedy }), facts: status < 500 ? error.facts : outside(error.facts) };
  return { status, body, ...(typeof retryAfterMs === 'number' && { retryAfter: Math.max(1, Math.ceil(retryAfterMs / 1_000)) }) };
}

/** Of a request that is not well formed the versions of two ends are not the cause. */
const sentenceOf = (code: ErrorCode): string =>
  code === 'BAD_MESSAGE' ? 'the request does not have the form it must have; see /v1/openapi.json' : ERRORS[code].sentence;

const outside = (facts: Facts): Facts => Object.fromEntries(Object.entries(facts).filter(([name]) => OUTSIDE.has(name)));

interface Known {
  readonly status: number;
  readonly error: TiercelError;
}

const as = (code: ErrorCode, facts: Facts, status: number = STATUS[code]): Known => ({
  status,
  error: new TiercelError(code, facts),
});

/** What the framework refuses before any of our code has seen it, by its codes and those of Node's parser. */
const BEFORE: Readonly<Record<string, () => Known>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: () => as('BAD_MESSAGE', { at: 'content-type', expected: 'application/json' }, 415),
  FST_ERR_CTP_BODY_TOO_LARGE: () => as('BATCH_TOO_LARGE', { max: BOUNDS.bodyBytes }),
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: () => as('BAD_MESSAGE', { at: 'content-length', expected: 'the length of the body' }),
  FST_ERR_CTP_INVALID_JSON_BODY: () => as('BAD_MESSAGE', { at: 'body', expected: 'JSON' }),
  FST_ERR_BAD_URL: () => as('BAD_MESSAGE', { at: 'path', expected: 'a well-formed path' }),
  FST_ERR_MAX_PARAM_LENGTH: () => as('BAD_NAME', { at: 'path', expected: 'names of at most 128 characters' }),
  FST_ERR_HANDLER_TIMEOUT: () => as('NO_ANSWER', {}),
  HPE_HEADER_OVERFLOW: () => as('BAD_MESSAGE', { at: 'headers', max: BOUNDS.headerBytes }, 431),
  ERR_HTTP_REQUEST_TIMEOUT: () => as('BAD_MESSAGE', { at: 'request', expected: `all of it in ${BOUNDS.receiveMs} ms` }, 408),
};

/** Where the faulty value stood, as the code of its refusal. */
const PLACES: Readonly<Record<string, ErrorCode>> = { params: 'BAD_NAME', querystring: 'BAD_OPTION', body: 'BAD_MESSAGE' };

interface Invalid {
  readonly validationContext?: string;
  readonly validation?: readonly { instancePath: string; message?: string; params: Record<string, unknown> }[];
}

function known(thrown: unknown): Known {
  const { code = '', name } = (thrown ?? {}) as { readonly code?: string; readonly name?: string };
  const before = BEFORE[code];
  if (before) return before();
  const { validation: [first] = [], validationContext: place = 'body' } = (thrown ?? {}) as Invalid;
  if (first)
    return as(PLACES[place] ?? 'BAD_MESSAGE', { at: `${place}${first.instancePath}`.slice(0, 80), expected: expected(first) });
  if (name === 'SyntaxError' || code.startsWith('HPE_'))
    return as('BAD_MESSAGE', { at: 'request', expected: 'well-formed HTTP and JSON' });
  const error = asTiercelError(thrown);
  return { status: STATUS[error.code], error };
}

/** Never the value itself: it may be a secret. A name of a field it is. */
function expected({ message = '', params }: NonNullable<Invalid['validation']>[number]): string {
  const { additionalProperty, allowedValues } = params;
  if (typeof additionalProperty === 'string') return `no field ${additionalProperty.slice(0, 40).replace(/[^\x20-\x7e]/g, '?')}`;
  return Array.isArray(allowedValues) ? `one of ${allowedValues.join(', ')}` : message;
}
