export { KESTREL_LIMITS } from './kestrel-limits.js';
export * from './queue-name.js';
export * from './reply.js';
export * from './reply-parser.js';
export * from './reply-writer.js';
export * from './request.js';
export { type ParserBounds, RequestParser } from './request-parser.js';
export * from './request-writer.js';
