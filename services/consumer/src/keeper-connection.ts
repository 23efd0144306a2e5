import type { Transport } from '@tiercel/actors';
import { answerPresent } from '@tiercel/host/attendance';
import { openWire, type Wire, type WireOptions } from '@tiercel/wire';

interface KeeperConnection extends WireOptions {
  readonly wire: Wire;
  readonly namespace: string;
}

/**
 * The connection of the lease keeper's thread. It also answers for this consumer when a supervisor asks whether it is still there: no handler can
 * block it, and it ends with the process.
 */
export async function connectKeeper({ wire, namespace, ...options }: KeeperConnection): Promise<Transport> {
  const transport = await openWire(wire, options);
  await answerPresent(transport, namespace, options.name);
  return transport;
}
