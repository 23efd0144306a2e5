/**
 * Splits what a stream writes into lines, of which each is kept up to `maxChars`: whoever writes without end and without a newline costs
 * no more memory than that. `end` says that no more comes.
 */
export function splitLines(maxChars: number, heard: (line: string) => void): { write(text: string): void; end(): void } {
  let held = '';
  const hold = (text: string): void => {
    if (held.length < maxChars) held += text.slice(0, maxChars - held.length);
  };
  const flush = (): void => {
    const line = held.endsWith('\r') ? held.slice(0, -1) : held;
    held = '';
    heard(line);
  };
  return {
    write(text) {
      let from = 0;
      for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', from)) {
        hold(text.slice(from, at));
        flush();
        from = at + 1;
      }
      hold(text.slice(from));
    },
    end() {
      if (held !== '') flush();
    },
  };
}
