import type { Clock, Log } from '@tiercel/actors';
import type { Durability, TiercelError } from '@tiercel/protocol';
import { ClockWatch, DURABILITY_ORDER, type StoreEvent, type StoreStatus } from '@tiercel/store';
import type { Server } from './server.js';

export interface EngineStatusParts {
  readonly log: Log;
  readonly timers: Clock;
  readonly onEvent: (event: StoreEvent) => void;
  /** Whether the time of jobs is that of the servers. */
  readonly usesTheirClocks: boolean;
}

/** What is known of all servers together, and what there is to say when it changes. */
export class EngineStatus {
  readonly #parts: EngineStatusParts;
  readonly #clocks: ClockWatch;
  #servers: readonly Server[] = [];
  #epoch = 1;
  #current: StoreStatus = { durability: 'unknown', epoch: 1, engine: '', unknown: [], clockJumpMs: 0 };

  constructor(parts: EngineStatusParts) {
    this.#parts = parts;
    this.#clocks = new ClockWatch(parts.timers);
  }

  get current(): StoreStatus {
    return this.#current;
  }

  /** These hold the jobs now. */
  is(servers: readonly Server[]): void {
    const isFirst = this.#servers.length === 0;
    this.#servers = servers;
    if (isFirst) this.#begin();
    else this.#reckon();
  }

  #begin(): void {
    this.#current = this.#sum();
    const { unknown, engine } = this.#current;
    if (unknown.length === 0) return;
    this.#parts.log.warn({ unknown: unknown.join(), engine }, 'storage does not tell all that it was asked');
    this.#parts.onEvent({ kind: 'engine', status: this.#current });
  }

  forgot(): void {
    this.#epoch++;
    this.#reckon();
  }

  told(server: Server, tookMs: number): void {
    const { nowMs } = server.facts;
    const byMs = this.#parts.usesTheirClocks && nowMs !== undefined ? this.#clocks.saw(server.address, nowMs, tookMs) : 0;
    if (byMs !== 0) {
      this.#parts.log.warn({ address: server.address, byMs }, 'clock of the storage jumped');
      this.#parts.onEvent({ kind: 'clock-jump', byMs });
    }
    this.#reckon();
  }

  unfit(fault: TiercelError): void {
    this.#parts.onEvent({ kind: 'unfit', reason: fault.message });
  }

  /** Says it when it is not what was said last. */
  #reckon(): void {
    const before = this.#current;
    this.#current = this.#sum();
    const isNews = (['durability', 'epoch', 'engine'] as const).some((what) => this.#current[what] !== before[what]);
    if (isNews) this.#parts.onEvent({ kind: 'engine', status: this.#current });
  }

  /** Of what the servers promise, the least. */
  #sum(): StoreStatus {
    const facts = this.#servers.map((server) => server.facts);
    const rank = Math.min(...facts.map(({ durability }) => DURABILITY_ORDER.indexOf(durability)));
    return {
      durability: (DURABILITY_ORDER[rank] ?? 'unknown') as Durability,
      epoch: this.#epoch,
      engine: [...new Set(facts.map(({ engine }) => engine))].sort().join(', '),
      unknown: [...new Set(facts.flatMap(({ unknown }) => unknown))].sort(),
      clockJumpMs: this.#clocks.jumpMs,
    };
  }
}
