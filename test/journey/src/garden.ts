import type { Plant } from './plants.js';

export const PLANTS: readonly Plant[] = [];
