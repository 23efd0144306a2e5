/**
 * Flags of node with which a broker-adapter is started. The engine looks at its whole heap whenever that, buffers included, has grown by some
 * megabytes, which a broker under load has several times a second: 22 us a job, 14 with room for 64 MB before it looks for the first
 * time. A consumer gains nothing by it, and takes 5 MB more when idle.
 */
export const BROKER_FLAGS: readonly string[] = ['--initial-old-space-size=64'];
