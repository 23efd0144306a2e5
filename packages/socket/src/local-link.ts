import { soon } from '@tiercel/actors';
import type { Link, Take } from './link.js';
import { SOCKET_LIMITS } from './socket-limits.js';
import type { Switchboard } from './switchboard.js';

/** The owner's own way to its switchboard. Nothing arrives within the call that posts it. */
export function localLink(switchboard: Switchboard, take: Take, close: () => Promise<void>): Link {
  const watchers = new Set<(up: boolean) => void>();
  let up = true;
  const line = switchboard.connect((frame) => soon(() => up && take(frame)));
  return {
    get up() {
      return up;
    },
    full: false,
    maxBytes: SOCKET_LIMITS.bodyBytes,
    post(frame) {
      if (up) soon(() => line.take(frame));
      return up;
    },
    watch(notify) {
      watchers.add(notify);
      notify(up);
      return () => void watchers.delete(notify);
    },
    async close() {
      up = false;
      line.end();
      for (const notify of watchers) notify(false);
      await close();
    },
  };
}
