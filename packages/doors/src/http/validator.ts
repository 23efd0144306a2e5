import { Ajv, type ValidateFunction } from 'ajv';
import type { Schema } from './schemas.js';

interface ToCompile {
  readonly schema: Schema;
  readonly httpPart?: string;
}

/** Checks requests by their schemas: what is in a path or query may be read as a number, what is in a body must be what it is. */
export function validatorCompiler(): (part: ToCompile) => ValidateFunction {
  const strict = { strict: true, strictTypes: false, useDefaults: true } as const;
  const bodies = new Ajv(strict);
  const texts = new Ajv({ ...strict, coerceTypes: true });
  return ({ schema, httpPart }) => {
    if (httpPart !== 'body') return texts.compile(schema);
    const choice = schema.oneOf as readonly Schema[] | undefined;
    return choice
      ? byShape(...(choice.map((each) => bodies.compile(each)) as [ValidateFunction, ValidateFunction]))
      : bodies.compile(schema);
  };
}

/** One or a list of them: the fault is told of the one that was meant, and not of both. */
function byShape(one: ValidateFunction, list: ValidateFunction): ValidateFunction {
  const validate = (data: unknown): boolean => {
    const meant = Array.isArray(data) ? list : one;
    const fits = meant(data);
    (validate as ValidateFunction).errors = meant.errors ?? null;
    return fits;
  };
  return validate as ValidateFunction;
}
