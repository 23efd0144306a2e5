import { explain, hideSecrets } from '@tiercel/host';
import { asTiercelError } from '@tiercel/protocol';

/** `{"error":{"code","message","facts"}}`, for programs. */
export function errorAsJson(error: unknown): string {
  const { code, facts } = asTiercelError(error);
  const message = explain(error).slice(`${code}: `.length);
  return hideSecrets(JSON.stringify({ error: { code, message, facts } }));
}
