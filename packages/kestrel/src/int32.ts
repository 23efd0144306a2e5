const MOST = 2 ** 31 - 1;
const DECIMAL = /^[+-]?[0-9]+$/;

/** A signed number of 32 bits in decimal, or `undefined`. */
export function int32(word: string): number | undefined {
  const number = DECIMAL.test(word) ? Number(word) : Number.NaN;
  return number >= -MOST - 1 && number <= MOST ? number : undefined;
}
