import { DURABILITIES, ENCODINGS, ERRORS, LIMITS, STATES } from '@tiercel/protocol';
import { BOUNDS } from './bounds.js';

/** A JSON Schema (2020-12, the dialect of OpenAPI 3.1, and of what draft-07 has only what both mean alike). */
export type Schema = Readonly<Record<string, unknown>>;

const object = (properties: Record<string, Schema>, optional: readonly string[] = []): Schema => ({
  type: 'object',
  properties,
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
  additionalProperties: false,
});
const whole = (minimum: number, maximum: number): Schema => ({ type: 'integer', minimum, maximum });
const count: Schema = { type: 'integer', minimum: 0 };
const text: Schema = { type: 'string' };
const state: Schema = { enum: STATES };
const anything: Schema = {};

const NAME = '^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$';
const ID = '^[A-Za-z0-9][A-Za-z0-9_.:@-]{0,127}$';
const duration = (description: string): Schema => ({
  type: ['integer', 'string'],
  minimum: 0,
  pattern: '^[0-9]{1,15}(\\.[0-9]{1,9})?(ms|s|m|h|d)$',
  description: `${description}; milliseconds, or text such as "5s"`,
});
const zoned = '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d(:\\d\\d(\\.\\d{1,9})?)?(Z|[+-]\\d\\d:\\d\\d)$';

/** What a job may say; names and sizes are looked at job by job. */
const jobFields: Record<string, Schema> = {
  name: { type: 'string', description: 'As its handler is called: 1 to 128 printable characters without blanks' },
  data: { description: 'Any JSON; null when absent' },
  id: {
    type: 'string',
    description: `The caller's own id, ${ID}: the same id with the same job is stored once. Made up when absent`,
  },
  delay: duration('Wait so long before it is ready'),
  at: {
    type: ['integer', 'string'],
    minimum: 0,
    pattern: zoned,
    description: 'Ready at this time instead: ISO 8601, or milliseconds since 1970',
  },
  priority: whole(0, LIMITS.priority),
  attempts: {
    ...whole(0, LIMITS.attempts),
    description: 'Attempts that may be spent; 0 is no limit. As its queue says when absent',
  },
  lease: duration('How long a consumer may be silent; 0 is for ever'),
  timeout: duration('How long one attempt may run'),
  backoff: object({ delay: duration('Longest wait before the first retry'), max: duration('Longest wait before any retry') }, [
    'delay',
    'max',
  ]),
  ttl: duration('It expires when it has not started after so long'),
};
export const newJob: Schema = object(
  jobFields,
  Object.keys(jobFields).filter((name) => name !== 'name'),
);
export const newJobs: Schema = { type: 'array', items: newJob, minItems: 1, maxItems: BOUNDS.items };

/** One or the other, told apart by being a list. */
export const oneOrList = (one: Schema, list: Schema): Schema => ({ oneOf: [one, list] });

export const error: Schema = object(
  {
    code: { enum: Object.keys(ERRORS) },
    message: { type: 'string', description: 'What happened' },
    remedy: { type: 'string', description: 'What to do' },
    facts: { type: 'object', additionalProperties: { type: ['string', 'number', 'boolean', 'null'] } },
  },
  ['remedy'],
);
export const enqueued: Schema = object({
  id: text,
  state,
  duplicate: { type: 'boolean', description: 'Whether a job of this id and these contents was there before' },
  durability: { enum: DURABILITIES },
});
const refused: Schema = object({ error });
export const enqueuedList: Schema = object({
  jobs: { type: 'array', items: { oneOf: [enqueued, refused] }, description: 'In the order of the request' },
  refused: { ...count, description: 'How many of them were refused' },
});
export const job: Schema = object(
  {
    id: text,
    tenant: text,
    queue: text,
    name: text,
    state,
    attempt: count,
    spent: count,
    attempts: { ...whole(-1, LIMITS.attempts), description: 'As handed in: 0 is no limit, -1 is as its queue says' },
    undelivered: count,
    lostLeases: count,
    priority: whole(0, LIMITS.priority),
    cancelRequested: { type: 'boolean' },
    owner: text,
    reason: { type: 'string', description: 'Why the last attempt failed, or the job died' },
    encoding: { enum: ENCODINGS },
    createdAt: text,
    at: { type: ['string', 'null'], description: 'When it becomes ready, its lease ends, or it finished' },
    data: anything,
    result: anything,
  },
  ['data', 'result', 'encoding'],
);
/** Of a job that is final, or is not yet. */
export const result: Schema = object(
  { id: text, state, result: { description: 'What the handler returned, of a completed job' }, reason: text },
  ['result', 'reason'],
);
export const changed: Schema = object({ id: text, state });
export const queue: Schema = object({
  queue: text,
  ready: count,
  scheduled: count,
  leased: count,
  dead: count,
  finished: { ...count, description: 'Completed, cancelled or expired, not yet pruned' },
  bytes: { ...count, description: 'Payload bytes of what waits' },
  oldestMs: { ...count, description: 'For how long the longest ready job has been so' },
  paused: { type: 'boolean' },
});
export const queues: Schema = object({ queues: { type: 'array', items: queue, maxItems: LIMITS.queuesListed } });
export const deadJobs: Schema = object({
  jobs: { type: 'array', items: job, maxItems: LIMITS.listPage },
  cursor: { type: 'string', description: 'Gets the next page; empty after the last. A page may be shorter than its limit' },
});

const name: Schema = { type: 'string', pattern: NAME };
export const ofTenant = object({ tenant: name });
export const ofQueue = object({ tenant: name, queue: name });
export const ofJob = object({ tenant: name, id: { type: 'string', pattern: ID } });

const query = (properties: Record<string, Schema>): Schema => object(properties, Object.keys(properties));
export const noQuery = query({});
export const jobQuery = query({ data: { type: 'boolean', default: false, description: 'With the data of the job' } });
export const waitQuery = query({
  wait: {
    type: 'string',
    pattern: '^[0-9]{1,9}(\\.[0-9]{1,3})?(ms|s|m)$',
    default: '0s',
    description: `How long to wait for the end of the job, such as 30s; at most ${BOUNDS.waitMs / 1_000}s`,
  },
});
export const deadQuery = query({
  queue: { ...name, description: 'Of one queue' },
  cursor: { type: 'string', maxLength: LIMITS.cursorChars, default: '', description: 'What the page before answered' },
  limit: { ...whole(1, LIMITS.listPage), default: LIMITS.listPage },
});

/** Named in the description; the others stand where they are used. */
export const COMPONENTS: Readonly<Record<string, Schema>> = {
  Error: error,
  NewJob: newJob,
  Enqueued: enqueued,
  EnqueuedList: enqueuedList,
  Job: job,
  Result: result,
  Changed: changed,
  Queue: queue,
  Queues: queues,
  DeadJobs: deadJobs,
};
