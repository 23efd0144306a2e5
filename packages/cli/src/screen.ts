import type { Undo } from '@tiercel/actors';

const ENTER = '\u001b[?1049h\u001b[?25l';
const LEAVE = '\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const END_OF_LINE = '\u001b[K';
const BELOW = '\u001b[J';

interface Terminal {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
}

/** A terminal that is drawn over again and again, and is left as it was found. */
export class Screen {
  readonly #terminal: Terminal;
  readonly #undos: Undo[] = [];
  #text = '';

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** `onKey` gets every key; Ctrl-C and a signal are `q`. */
  open(onKey: (key: string) => void): void {
    const { input, output } = this.#terminal;
    const take = (bytes: Buffer) => onKey(bytes[0] === 3 ? 'q' : bytes.toString('utf8'));
    const quit = () => onKey('q');
    const redraw = () => this.draw(this.#text);
    output.write(ENTER);
    input.setRawMode(true);
    input.on('data', take).resume();
    output.on('resize', redraw);
    for (const signal of SIGNALS) process.on(signal, quit);
    this.#undos.push(
      () => output.write(LEAVE),
      () => input.setRawMode(false),
      () => input.off('data', take).pause(),
      () => output.off('resize', redraw),
      () => {
        for (const signal of SIGNALS) process.off(signal, quit);
      },
    );
  }

  /** As much of it as there is room for. */
  draw(text: string): void {
    this.#text = text;
    const { columns = 80, rows = 24 } = this.#terminal.output;
    const lines = text.split('\n').slice(0, rows - 1);
    this.#terminal.output.write(`${HOME}${lines.map((line) => `${line.slice(0, columns)}${END_OF_LINE}`).join('\r\n')}${BELOW}`);
  }

  close(): void {
    for (const undo of this.#undos.splice(0).reverse()) undo();
  }
}

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;
