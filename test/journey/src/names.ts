/** Of every simulated installation. */
export const NAMESPACE = 'sim';
