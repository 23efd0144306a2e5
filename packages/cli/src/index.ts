export { main } from './main.js';
export { PRODUCES, type ProduceOptions, produce } from './produce.js';
export { HTTP_RETRY_MS, SERVES_HTTP, serveHttp } from './serve-http.js';
export { SERVES_KESTREL, serveKestrel } from './serve-kestrel.js';
