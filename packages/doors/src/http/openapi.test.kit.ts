import { Validator } from '@seriousme/openapi-schema-validator';

/** What the specification's own schema finds wrong with a description, and which version it is. */
export async function validate(document: Record<string, unknown>): Promise<{ version: string; faults: unknown[] }> {
  const validator = new Validator();
  const { valid, errors } = await validator.validate(document);
  return { version: String(validator.version), faults: valid ? [] : [errors] };
}
