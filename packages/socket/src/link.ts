import type { Undo } from '@tiercel/actors';
import type { Frame } from './frame.js';

/** A way to the switchboard: over a socket, or within the owner's own process. */
export interface Link {
  readonly up: boolean;
  /** Too much was posted that the owner has not read. */
  readonly full: boolean;
  /** Largest body. */
  readonly maxBytes: number;
  /** `false`: it is not up. */
  post(frame: Frame): boolean;
  /** Tells whether it is up, now and at every change. */
  watch(notify: (up: boolean) => void): Undo;
  close(): Promise<void>;
}

/** Takes what comes over a link, never within a call to it. */
export type Take = (frame: Frame) => void;
