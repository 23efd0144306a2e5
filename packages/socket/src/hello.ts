/** What both ends say first. They must say the same. */
export const VERSION = 'tiercel-socket/1';
