/** What producer and consumer of the bench share. */
export const JOB = 'Bench';
export const QUEUE = 'bench';
