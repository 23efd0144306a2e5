const MOST = 2 ** 31 - 1;

/** A signed number of 32 bits in decimal, or `undefined`. */
export function int32(word: string): number | undefined {
  const sign = word.startsWith('-') ? -1 : 1;
  const from = sign < 0 || word.startsWith('+') ? 1 : 0;
  let number = word.length > from ? 0 : Number.NaN;
  for (let at = from; at < word.length; at++) {
    const digit = word.charCodeAt(at) - 48;
    number = digit >= 0 && digit <= 9 ? number * 10 + digit : Number.NaN;
  }
  number = sign * number + 0; // and so never -0
  return number >= -MOST - 1 && number <= MOST ? number : undefined;
}
