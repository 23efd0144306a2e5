import type { SeedOutcome } from './run-seed.js';

/** What happened to one seed, in a line or two. */
export function report({ seed, ok, violations, traceHash, virtualMs, drainMs }: SeedOutcome): string {
  if (ok) return `journey: seed ${seed} passed, ${virtualMs} ms of virtual time, drained in ${drainMs} ms, trace ${traceHash}`;
  const [first, ...others] = violations;
  const more = others.map(({ invariant, facts }) => `\n  and then: ${invariant} ${JSON.stringify(facts)}`).join('');
  return `journey: seed ${seed} failed: ${first!.invariant} after ${first!.atMs} ms ${JSON.stringify(first!.facts)}; replay with: npm run journey -- ${seed}${more}`;
}
