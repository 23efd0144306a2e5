export { connectSocket } from './connect-socket.js';
export { type ServeSocketOptions, serveSocket } from './serve-socket.js';
export type { SocketOptions } from './socket-link.js';
export { isListenedTo } from './socket-path.js';
