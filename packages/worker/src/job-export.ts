import { fail } from '@tiercel/protocol';
import type { Handler, HandlerInput, HandlerSettings } from './handlers.js';

/** Marks an object as the definition of a job, whichever copy of a package made it. */
export const JOB = Symbol.for('tiercel.job');

/** What `defineJob` makes: the definition of a job as a module exports it. */
export interface JobExport {
  readonly [JOB]: true;
  readonly name: string;
  readonly queue?: string;
  readonly isolation?: 'inline' | 'process';
  /** Any Standard Schema. */
  readonly schema?: StandardSchema;
  readonly settings?: HandlerSettings;
  handler(input: HandlerInput): unknown | Promise<unknown>;
}

/** The part of https://standardschema.dev (version 1) that is used. */
export interface StandardSchema {
  readonly '~standard': {
    validate(value: unknown): SchemaResult | Promise<SchemaResult>;
  };
}

type SchemaResult =
  | { readonly value: unknown; readonly issues?: undefined }
  | { readonly issues: readonly { readonly message: string; readonly path?: readonly unknown[] | undefined }[] };

export const isJobExport = (value: unknown): value is JobExport =>
  typeof value === 'object' && value !== null && (value as Partial<JobExport>)[JOB] === true;

/** The handler of a definition. */
export function handlerOf(job: JobExport): Handler {
  const { name, queue, isolation = 'inline', schema, settings } = job;
  return {
    name,
    isolation,
    run: (input) => job.handler(input),
    ...(queue === undefined ? {} : { queue }),
    ...(settings === undefined ? {} : { settings }),
    ...(schema === undefined ? {} : { validate: (data: unknown) => validate(schema, data) }),
  };
}

async function validate(schema: StandardSchema, data: unknown): Promise<unknown> {
  const checked = await schema['~standard'].validate(data);
  if (checked.issues === undefined) return checked.value;
  const [first] = checked.issues;
  return fail('BAD_DATA', {
    at: pathOf(first?.path),
    reason: first?.message ?? 'refused by the schema',
    issues: checked.issues.length,
  });
}

function pathOf(path: readonly unknown[] = []): string {
  const keys = path.map((part) => (typeof part === 'object' && part !== null && 'key' in part ? part.key : part));
  return ['data', ...keys.map(String)].join('.');
}
