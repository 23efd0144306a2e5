/** What a service needs of the process it runs in; tests pass another. */
export interface Machine {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly pid: number;
  readonly hostname: string;
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly fd?: number };
  /** Process id of the parent now. */
  parent(): number;
  /** One line for people on stderr. */
  complain(line: string): void;
  on(event: 'SIGTERM' | 'SIGINT' | 'SIGHUP' | 'disconnect', act: () => void): void;
  onUncaught(act: (error: unknown) => void): void;
  /** Stdout takes no more: whoever read it has gone, or there is no room. */
  onUnread(act: (error: NodeJS.ErrnoException) => void): void;
  /** Tells whoever started this process that it is ready; nothing when nobody listens. */
  reportReady(): void;
  exit(code: number): void;
}
