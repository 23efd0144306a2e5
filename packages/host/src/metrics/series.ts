/** One line of numbers with fixed labels, found once and kept by whoever counts: counting is an addition and no lookup. */
export interface Series {
  /** Adds its lines, each with a newline. */
  write(): string;
}

/** Only grows. */
export class Counter implements Series {
  readonly #head: string;
  #value = 0;

  constructor(name: string, labels: string) {
    this.#head = head(name, labels);
  }

  add(count = 1): void {
    this.#value += count;
  }

  /** Of what is counted elsewhere. */
  set(value: number): void {
    this.#value = value;
  }

  write(): string {
    return `${this.#head}${this.#value}\n`;
  }
}

export class Gauge implements Series {
  readonly #head: string;
  #value = 0;

  constructor(name: string, labels: string) {
    this.#head = head(name, labels);
  }

  set(value: number): void {
    this.#value = value;
  }

  add(change: number): void {
    this.#value += change;
  }

  write(): string {
    return `${this.#head}${this.#value}\n`;
  }
}

/** How many values were at most so large, their number and their sum. */
export class Histogram implements Series {
  readonly #heads: readonly string[];
  readonly #sumHead: string;
  readonly #countHead: string;
  readonly #bounds: readonly number[];
  /** Of each bound, and one for what is beyond. */
  readonly #counts: Float64Array;
  #sum = 0;

  constructor(name: string, labels: string, bounds: readonly number[]) {
    const comma = labels === '' ? '' : `${labels},`;
    this.#bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
    this.#heads = [...bounds.map(String), '+Inf'].map((bound) => head(`${name}_bucket`, `${comma}le="${bound}"`));
    this.#sumHead = head(`${name}_sum`, labels);
    this.#countHead = head(`${name}_count`, labels);
  }

  observe(value: number): void {
    const bounds = this.#bounds;
    let place = 0;
    while (place < bounds.length && value > (bounds[place] as number)) place++;
    this.#counts[place] = (this.#counts[place] as number) + 1;
    this.#sum += value;
  }

  write(): string {
    let count = 0;
    let text = '';
    for (const [place, bucketHead] of this.#heads.entries()) {
      count += this.#counts[place] as number;
      text += `${bucketHead}${count}\n`;
    }
    return `${text}${this.#sumHead}${this.#sum}\n${this.#countHead}${count}\n`;
  }
}

const head = (name: string, labels: string): string => (labels === '' ? `${name} ` : `${name}{${labels}} `);
