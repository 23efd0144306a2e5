/** Facts of an error: small plain values that may cross the wire. */
export type ErrorFacts = Readonly<Record<string, string | number | boolean | null>>;

/**
 * What this package throws and what a far actor's refusal arrives as. It has the shape of the protocol's `TiercelError` (`name`,
 * `code`, `facts`), so that callers need to know one shape only and this package needs no table of codes.
 */
export class ActorError extends Error {
  readonly code: string;
  readonly facts: ErrorFacts;

  constructor(code: string, facts: ErrorFacts = {}, cause?: unknown) {
    super(line(code, facts), cause === undefined ? undefined : { cause });
    this.name = 'TiercelError';
    this.code = code;
    this.facts = facts;
  }
}

/** A refusal is meant for the asker; anything else thrown is a mistake and crashes the actor. */
export function isRefusal(error: unknown): error is { code: string; facts?: ErrorFacts } {
  const thrown = error as { name?: unknown; code?: unknown } | null | undefined;
  return typeof thrown === 'object' && thrown !== null && thrown.name === 'TiercelError' && typeof thrown.code === 'string';
}

/** What an asker is told: a refusal as it is; of a crash only that it happened, its cause being for this process's eyes. */
export const forAsker = (error: unknown): unknown => (isRefusal(error) ? error : new ActorError('INTERNAL', {}, error));

/** `CODE (fact=value, …)` */
function line(code: string, facts: ErrorFacts): string {
  const shown = Object.entries(facts).map(([key, value]) => `${key}=${value}`);
  return shown.length > 0 ? `${code} (${shown.join(', ')})` : code;
}
