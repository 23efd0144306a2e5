export { main } from './main.js';
export { PRODUCES, type ProduceOptions, produce } from './produce.js';
export { SERVES_HTTP, serveHttp } from './serve-http.js';
