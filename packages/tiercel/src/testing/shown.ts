import { inspect } from 'node:util';

const CHARS = 200;
const LINES = 20;

/** Data on one line. */
export function shown(data: unknown): string {
  const text = inspect(data, { depth: 5, breakLength: Number.POSITIVE_INFINITY, sorted: true });
  return text.length > CHARS ? `${text.slice(0, CHARS)}…` : text;
}

/** One to a line, as many as can be read; each with what it is when it is read. */
export function listed(items: readonly unknown[]): string {
  if (items.length === 0) return ' nothing';
  const more = items.length > LINES ? [`… and ${items.length - LINES} more`] : [];
  return [...items.slice(0, LINES).map(String), ...more].map((line) => `\n  ${line}`).join('');
}

export const nameOf = ({ name, tenant, queue, id }: Named): string => `${name} ${id} (tenant ${tenant}, queue ${queue})`;

interface Named {
  readonly name: string;
  readonly tenant: string;
  readonly queue: string;
  readonly id: string;
}
