import { readFileSync } from 'node:fs';
import type { Operation } from './operation.js';
import { OPERATIONS } from './operations.js';
import { STATUS } from './refusal.js';
import { COMPONENTS, error, type Schema } from './schemas.js';

/** Statuses of refusals that any operation may answer. */
const REFUSALS = [...new Set([...Object.values(STATUS), 408, 415, 431])].sort((a, b) => a - b);

/** The door's description (OpenAPI 3.1), made of what it checks requests by. */
export function openApi(): Record<string, unknown> {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Tiercel',
      version: version(),
      description: 'Hands in jobs, looks at them and changes them. Every refusal is an Error; switch on its code.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [{ token: [] }],
    paths: paths(),
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      schemas: Object.fromEntries(Object.entries(COMPONENTS).map(([name, schema]) => [name, written(schema, schema)])),
      responses: { Refused: { description: 'Refused', content: json(error) } },
    },
  };
}

const version = (): string => JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version;

function paths(): Record<string, Record<string, unknown>> {
  const all: Record<string, Record<string, unknown>> = {};
  for (const operation of OPERATIONS) {
    const path = operation.url.replace(/:(\w+)/g, '{$1}');
    all[path] = { ...all[path], [operation.method.toLowerCase()]: described(operation) };
  }
  return all;
}

function described({ id, about, params, query, body, answers }: Operation): Record<string, unknown> {
  const refusals = REFUSALS.map((status) => [status, { $ref: '#/components/responses/Refused' }]);
  const told = Object.entries(answers).map(([status, schema]) => [status, { description: 'Done', content: json(schema) }]);
  return {
    operationId: id,
    summary: about,
    parameters: [...parameters('path', params), ...parameters('query', query)],
    ...(body && { requestBody: { required: true, content: json(body) } }),
    responses: Object.fromEntries([...told, ...refusals]),
  };
}

function parameters(place: 'path' | 'query', { properties, required }: Schema): unknown[] {
  const names = required as readonly string[];
  return Object.entries(properties as Record<string, Schema>).map(([name, { description, ...schema }]) => ({
    name,
    in: place,
    required: names.includes(name),
    ...(description !== undefined && { description }),
    schema,
  }));
}

const json = (schema: Schema) => ({ 'application/json': { schema: written(schema) } });
const NAMES = new Map(Object.entries(COMPONENTS).map(([name, schema]) => [schema, name]));

/** A schema as it is written: what has a name by its name, unless it is `itself`. */
function written(schema: unknown, itself?: Schema): unknown {
  if (Array.isArray(schema)) return schema.map((each) => written(each));
  if (typeof schema !== 'object' || schema === null) return schema;
  const name = schema === itself ? undefined : NAMES.get(schema as Schema);
  if (name !== undefined) return { $ref: `#/components/schemas/${name}` };
  return Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, written(value)]));
}
