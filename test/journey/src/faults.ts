import type { Dice } from './dice.js';

/** Every kind of fault a world may have. */
export const FAULTS = [
  'message lost',
  'message repeated',
  'message delayed',
  'message reordered',
  'reply lost after the deed',
  'partition',
  'actor crashed',
  'broker killed',
  'consumer killed',
  'producer killed',
  'process paused',
  'consumer drained',
  'broker stopped',
  'storage error before applying',
  'storage error after applying',
  'storage down',
  'clock jump',
] as const;
export type Fault = (typeof FAULTS)[number];

/** How often each kind comes: a share of the messages or calls it may befall, or times a second. 0: never in this world. */
export type Rates = Record<Fault, number>;

/** The most that is drawn of each. */
const MOST: Rates = {
  'message lost': 0.12,
  'message repeated': 0.15,
  'message delayed': 0.12,
  'message reordered': 0.3,
  'reply lost after the deed': 0.15,
  partition: 0.25,
  'actor crashed': 0.5,
  'broker killed': 0.35,
  'consumer killed': 0.25,
  'producer killed': 0.1,
  'process paused': 0.4,
  'consumer drained': 0.1,
  'broker stopped': 0.1,
  'storage error before applying': 0.1,
  'storage error after applying': 0.1,
  'storage down': 0.06,
  'clock jump': 0.2,
};

const CALM_SHARE = 0.04;
const KIND_SHARE = 0.5;

/**
 * Swarm testing (Groce and others, 2012): each world leaves kinds of faults out altogether and draws the rates of the others over
 * more than a decade, because faults that come all together hide what one of them alone would show.
 */
export function drawRates(dice: Dice): Rates {
  const calm = dice.chance(CALM_SHARE);
  const share = (fault: Fault): number => (!calm && dice.chance(KIND_SHARE) ? MOST[fault] * 10 ** -dice.between(0, 1.2) : 0);
  return Object.fromEntries(FAULTS.map((fault) => [fault, share(fault)])) as Rates;
}

export const noFaults = (): Rates => Object.fromEntries(FAULTS.map((fault) => [fault, 0])) as Rates;
