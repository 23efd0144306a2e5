export interface Mode {
  /** What the four processes meet over; `none`: everything is in this one. */
  readonly over: 'nats' | 'socket' | 'none';
  readonly natsServer?: string;
  readonly redisServer?: string;
  readonly store?: string;
  readonly sentence: string;
}

export function chooseMode(
  env: Readonly<Record<string, string | undefined>>,
  options?: { readonly single?: boolean; readonly nats?: string | undefined; readonly store?: string | undefined },
): Mode;

/** The full path of a program, or `undefined`. */
export function onPath(program: string, env: Readonly<Record<string, string | undefined>>): string | undefined;

/** Whether it is a file that may be run. */
export function isProgram(file: string): boolean;
