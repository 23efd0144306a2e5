export interface Mode {
  /** Everything in this process. */
  readonly single: boolean;
  readonly natsServer?: string;
  readonly redisServer?: string;
  readonly store?: string;
  readonly sentence: string;
}

export function chooseMode(
  env: Readonly<Record<string, string | undefined>>,
  options?: { readonly single?: boolean; readonly nats?: string | undefined; readonly store?: string | undefined },
): Mode;
