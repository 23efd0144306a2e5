import type { Log } from '@tiercel/actors';
import type { StoreEvent } from '@tiercel/store';

/** Logs what a storage has to say of itself, a line for each event. */
export const logStoreEvents =
  (log: Log): ((event: StoreEvent) => void) =>
  (event) => {
    if (event.kind === 'engine') {
      const { durability, epoch, engine, unknown } = event.status;
      log[unknown.length > 0 ? 'warn' : 'info']({ engine, durability, epoch, unknown }, 'storage engine found');
    } else if (event.kind === 'unfit') log.error({ reason: event.reason }, 'storage unfit');
    else if (event.kind === 'clock-jump') log.warn({ byMs: event.byMs }, 'storage clock jumped');
    else if (event.kind === 'quarantined')
      log.error({ tenant: event.tenant, jobId: event.id, reason: event.reason }, 'record quarantined');
    else if (event.kind === 'full') log.error({ freeBytes: event.freeBytes }, 'storage full, nothing more is taken');
    else log.info({ freeBytes: event.freeBytes }, 'storage has room again');
  };
