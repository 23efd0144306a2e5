export { type HttpDoor, type HttpDoorOptions, type HttpObserver, openHttpDoor } from './http/http-door.js';
export { type Credential, EVERY_TENANT, ROLES, type Role } from './http/role.js';
export { isRole, isTenant } from './http/token.js';
export { createToken } from './http/token-file.js';
export type { KestrelObserver } from './kestrel/desk.js';
export { type KestrelDoor, type KestrelDoorOptions, openKestrelDoor, requireKestrelDoor } from './kestrel/kestrel-door.js';
