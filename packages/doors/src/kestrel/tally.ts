/** What a door counted of one queue since it began. */
export class QueueTally {
  sets = 0;
  setBytes = 0;
  hits = 0;
  misses = 0;
  opened = 0;
  aborted = 0;
  flushes = 0;
  /** Items that were over when they came, and so never reached the storage. */
  overOnArrival = 0;
  /** Expired ones that FLUSH_EXPIRED has told of. */
  expiredTold = 0;
}

/** What a door counted since it began. */
export class DoorTally {
  connectionsEver = 0;
  gets = 0;
  sets = 0;
  peeks = 0;
  hits = 0;
  misses = 0;
  bytesRead = 0;
  bytesWritten = 0;
  queueCreates = 0;
  queueDeletes = 0;
}
