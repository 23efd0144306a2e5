/** The candidate that was probably meant: at most two edits away, and nearer than its own length; `undefined` when none is. */
export function nearest(text: string, candidates: readonly string[]): string | undefined {
  const ranked = candidates.map((candidate) => ({ candidate, edits: editsBetween(text, candidate) }));
  ranked.sort((a, b) => a.edits - b.edits);
  const best = ranked[0];
  return best && best.edits <= 2 && best.edits < text.length ? best.candidate : undefined;
}

/** Levenshtein's distance, row by row. */
function editsBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) row = nextRow(row, i, a[i - 1] as string, b);
  return row[b.length] as number;
}

function nextRow(above: readonly number[], first: number, char: string, b: string): number[] {
  const row = [first];
  for (let j = 1; j <= b.length; j++) {
    const swap = (above[j - 1] as number) + (char === b[j - 1] ? 0 : 1);
    row.push(Math.min(swap, (above[j] as number) + 1, (row[j - 1] as number) + 1));
  }
  return row;
}
