import type { Socket } from 'node:net';
import type { Clock } from '@tiercel/actors';
import { BOUNDS } from './bounds.js';

/** What is read meanwhile is dropped: to close on it would take the last reply from the client. */
export function hangUp(socket: Socket, clock: Clock): void {
  if (socket.destroyed) return;
  const undo = clock.after(BOUNDS.hangUpMs, () => socket.destroy());
  socket.once('close', undo);
  socket.end();
  socket.resume();
}
