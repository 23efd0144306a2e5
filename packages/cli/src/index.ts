export { main } from './main.js';
export { PRODUCES, type ProduceOptions, produce } from './produce.js';
