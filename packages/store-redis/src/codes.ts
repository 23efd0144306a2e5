/** What each byte of an answer stands for. `Array.from` would ask an iterator for every one. */
export function each<T>(codes: Buffer, meaning: (code: number) => T): T[] {
  const meanings = new Array<T>(codes.length);
  for (let at = 0; at < codes.length; at++) meanings[at] = meaning(codes[at] as number);
  return meanings;
}
