/** What a door has to say of itself at one moment, in the four groups of the admin port. */
export interface Report {
  /** What only grows. */
  readonly counters: ReadonlyMap<string, number>;
  /** What holds now. */
  readonly gauges: ReadonlyMap<string, number>;
  readonly labels: ReadonlyMap<string, string>;
}

/** The counters of `now` as what came since `before`; the rest as it is. One that is smaller than before began anew. */
export function since(before: ReadonlyMap<string, number>, { counters, ...rest }: Report): Report {
  const came = Array.from(counters, ([name, value]): [string, number] => {
    const was = before.get(name) ?? 0;
    return [name, value < was ? value : value - was];
  });
  return { ...rest, counters: new Map(came) };
}

/** As it goes out. There are no distributions: the group is empty. */
export const bodyOf = ({ counters, gauges, labels }: Report) => ({
  counters: Object.fromEntries(counters),
  metrics: {},
  gauges: Object.fromEntries(gauges),
  labels: Object.fromEntries(labels),
});
