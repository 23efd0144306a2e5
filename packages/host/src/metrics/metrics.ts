import { Counter, Gauge, Histogram, type Series } from './series.js';

/** Stands for every value of a label that is one too many. */
export const OTHER = '_other';

/** Series of one name; what would be one more is counted under {@link OTHER}. */
const MAX_SERIES = 10_000;

/** Upper bounds in seconds, of what takes a moment, and of what may take an hour. */
export const QUICK = [0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5] as const;
export const SLOW = [0.001, 0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3_600] as const;

/** All series of one name. */
export interface Family<S> {
  /** The series with these label values, in the order of the family's labels; to be kept, since finding it costs a lookup. */
  of(...values: string[]): S;
  /** Forgets every series: what is set next is all there is. */
  clear(): void;
}

/** What a process tells Prometheus of itself, in the text format 0.0.4. */
export class Metrics {
  readonly #families: SeriesFamily<Series>[] = [];
  readonly #before: (() => void | Promise<void>)[] = [];

  counter(name: string, about: string, labels: readonly string[] = [], maxSeries = MAX_SERIES): Family<Counter> {
    return this.#add(name, about, 'counter', labels, maxSeries, (text) => new Counter(name, text));
  }

  gauge(name: string, about: string, labels: readonly string[] = [], maxSeries = MAX_SERIES): Family<Gauge> {
    return this.#add(name, about, 'gauge', labels, maxSeries, (text) => new Gauge(name, text));
  }

  /** `bounds`: ascending, such as {@link QUICK} and {@link SLOW}. */
  histogram(
    name: string,
    about: string,
    bounds: readonly number[],
    labels: readonly string[] = [],
    maxSeries = MAX_SERIES,
  ): Family<Histogram> {
    return this.#add(name, about, 'histogram', labels, maxSeries, (text) => new Histogram(name, text, bounds));
  }

  /** Runs before each scrape, to read what is not counted all along; must not throw, and takes as long as the scrape may. */
  before(read: () => void | Promise<void>): void {
    this.#before.push(read);
  }

  async text(): Promise<string> {
    await Promise.all(this.#before.map((read) => read()));
    return this.#families.map((family) => family.write()).join('');
  }

  #add<S extends Series>(
    name: string,
    about: string,
    type: string,
    labels: readonly string[],
    maxSeries: number,
    make: (labels: string) => S,
  ): Family<S> {
    const family = new SeriesFamily(`# HELP ${name} ${about}\n# TYPE ${name} ${type}\n`, labels, maxSeries, make);
    this.#families.push(family);
    return family;
  }
}

class SeriesFamily<S extends Series> implements Family<S> {
  readonly #series = new Map<string, S>();
  readonly #head: string;
  readonly #labels: readonly string[];
  readonly #maxSeries: number;
  readonly #make: (labels: string) => S;

  constructor(head: string, labels: readonly string[], maxSeries: number, make: (labels: string) => S) {
    this.#head = head;
    this.#labels = labels;
    this.#maxSeries = maxSeries;
    this.#make = make;
  }

  of(...values: string[]): S {
    const known = this.#series.get(this.#text(values));
    if (known) return known;
    const room = this.#series.size < this.#maxSeries;
    const text = this.#text(room ? values : values.map(() => OTHER));
    const series = this.#series.get(text) ?? this.#make(text);
    this.#series.set(text, series);
    return series;
  }

  clear(): void {
    this.#series.clear();
  }

  write(): string {
    let text = this.#head;
    for (const series of this.#series.values()) text += series.write();
    return text;
  }

  #text(values: readonly string[]): string {
    return this.#labels.map((label, place) => `${label}="${escaped(values[place] ?? '')}"`).join(',');
  }
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n' };
const escaped = (value: string): string => value.replace(/[\\"\n]/g, (char) => ESCAPES[char] as string);
