/** A body as lines of `name: value`, by name, two blanks deeper at each level. */
export const plainText = (value: unknown): string => `${linesOf(value).join('\n')}\n`;

function linesOf(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [String(value)];
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.flatMap(([name, inner]) =>
    typeof inner === 'object' ? [`${name}:`, ...linesOf(inner).map((line) => `  ${line}`)] : [`${name}: ${inner}`],
  );
}
