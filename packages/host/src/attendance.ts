import type { Transport } from '@tiercel/actors';
import { asTiercelError, presentSubject } from '@tiercel/protocol';

/** How long whoever is there may take to answer. */
const ANSWER_MS = 1_000;

/** What came of asking for an instance: it answered; it is connected and did not; nobody is connected under its name; not to be known now. */
export type Attendance = 'present' | 'silent' | 'absent' | 'unknown';

/**
 * Answers for an instance while this connection lasts. To be called on the connection of a thread that user code cannot block: the server
 * itself says so when a process that died is asked for, because the kernel has closed its connections. Credentials that may not
 * are left alone; such an instance is never asked for.
 */
export async function answerPresent(transport: Transport, namespace: string, instance: string): Promise<void> {
  await transport
    .serve(presentSubject(namespace, instance), ({ respond }) => respond?.(new Uint8Array()))
    .catch((error: unknown) => {
      if (asTiercelError(error).code !== 'ACCESS_DENIED') throw error;
    });
}

/** Asks whether an instance is there. Never throws. */
export async function askPresent(transport: Transport, namespace: string, instance: string): Promise<Attendance> {
  try {
    await transport.request(presentSubject(namespace, instance), new Uint8Array(), { timeoutMs: ANSWER_MS });
    return 'present';
  } catch (error) {
    const { code, facts } = asTiercelError(error);
    if (code === 'NO_ANSWER' && facts.reason !== 'disconnected') return 'silent';
    // with an address it is this end that has no connection
    const connected = facts.url === undefined && facts.socket === undefined;
    return code === 'UNREACHABLE' && connected ? 'absent' : 'unknown';
  }
}
