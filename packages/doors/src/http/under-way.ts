import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Requests under way. Each is over once: when its answer is out, or its connection has gone, which of requests that wait behind another
 * on their connection only the connection itself tells.
 */
export class UnderWay {
  readonly #ofSocket = new WeakMap<Socket, Set<() => void>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(socket: Socket, response: ServerResponse, over: () => void): void {
    const all = this.#ofSocket.get(socket) ?? this.#watch(socket);
    const end = () => {
      if (!all.delete(end)) return;
      this.#size--;
      over();
    };
    all.add(end);
    this.#size++;
    response.once('close', end);
  }

  #watch(socket: Socket): Set<() => void> {
    const all = new Set<() => void>();
    this.#ofSocket.set(socket, all);
    socket.once('close', () => {
      for (const end of all) end();
    });
    return all;
  }
}
