/** From the harness to a role's process. */
export interface Ask {
  readonly ask: number;
  readonly kind: string;
  readonly body: unknown;
}

/** From a role's process: once, that it does its work; then one for each ask. */
export type Told = { readonly ready: true } | { readonly answer: number; readonly value?: unknown; readonly error?: string };

// biome-ignore lint/suspicious/noExplicitAny: a command knows what it is asked with
export type Commands = Readonly<Record<string, (body: any) => unknown>>;

/** Answers what the harness asks this process over its IPC channel; without the harness the process ends. */
export function answer(commands: Commands): void {
  process.on('message', (message) => {
    if (isAsk(message)) void run(commands, message).then((told) => process.send?.(told));
  });
  process.on('disconnect', () => process.exit(1));
}

async function run(commands: Commands, { ask, kind, body }: Ask): Promise<Told> {
  try {
    const command = commands[kind];
    if (command === undefined) throw new Error(`expected one of ${Object.keys(commands).join(', ')}, was asked to ${kind}`);
    return { answer: ask, value: await command(body) };
  } catch (error) {
    return { answer: ask, error: error instanceof Error ? error.message : String(error) };
  }
}

const isAsk = (message: unknown): message is Ask => typeof message === 'object' && message !== null && 'ask' in message;
