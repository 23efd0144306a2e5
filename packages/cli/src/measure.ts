const UNITS = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'm'],
  [1_000, 's'],
] as const;

/** `15m`: in the largest unit that keeps it whole. */
export function span(ms: number): string {
  const [size, unit] = UNITS.find(([each]) => each <= UNITS[1][0] && ms % each === 0) ?? [1, 'ms'];
  return `${ms / size}${unit}`;
}

/** `2m 5s`: for people, in the two largest units. */
export function age(ms: number): string {
  const at = UNITS.findIndex(([size]) => ms >= size);
  if (at < 0) return `${Math.round(ms)}ms`;
  const [size, unit] = UNITS[at]!;
  const [lesser, lesserUnit] = UNITS[at + 1] ?? [1, ''];
  const rest = Math.floor((ms % size) / lesser);
  return `${Math.floor(ms / size)}${unit}${lesserUnit && rest > 0 ? ` ${rest}${lesserUnit}` : ''}`;
}

/** `1.5 MiB`. */
export function size(bytes: number): string {
  const at = bytes < 1 ? 0 : Math.min(SIZES.length - 1, Math.floor(Math.log2(bytes) / 10));
  const shown = bytes / 1024 ** at;
  return `${shown >= 100 || Number.isInteger(shown) ? Math.round(shown) : shown.toFixed(1)} ${SIZES[at]}`;
}

const SIZES = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** `1 job`, `12 jobs`. */
export const jobs = (count: number): string => `${count} ${count === 1 ? 'job' : 'jobs'}`;
