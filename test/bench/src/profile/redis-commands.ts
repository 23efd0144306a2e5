import { table } from '../table.js';

const LINE = /^cmdstat_(?<name>[^:]+):calls=(?<calls>\d+),usec=(?<us>\d+)/gm;
const TOP = 12;

/** The commands that took Redis longest since it started, by the section `commandstats` of INFO; what a script calls counts for both. */
export function tellCommands(info: string): string {
  const all = [...info.matchAll(LINE)].map(({ groups }) => ({
    name: groups?.name ?? '',
    calls: Number(groups?.calls),
    us: Number(groups?.us),
  }));
  const rows = all
    .sort((a, b) => b.us - a.us)
    .slice(0, TOP)
    .map(({ name, calls, us }) => [name, String(calls), (us / calls).toFixed(1), (us / 1_000).toFixed(0)]);
  return table([['Redis since its start', 'calls', 'µs a call', 'ms in all'], ...rows]);
}
