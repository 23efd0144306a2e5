/** A server of one run, with nothing in it yet. */
export interface BenchServer {
  readonly port: number;
  /** Absent when it runs in a container. */
  readonly pid: number | undefined;
  readonly version: string;
  /** What decides how safe jobs are in it: as it tells itself, or as it was started where it cannot be asked. */
  readonly config: Readonly<Record<string, string>>;
  /** What jobs take of it, in bytes: of memory, or of its disk when they are there only. */
  jobBytes(): Promise<number>;
  close(): Promise<void>;
}
