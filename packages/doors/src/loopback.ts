import type { IncomingHttpHeaders } from 'node:http';

/** An address that only this machine reaches. */
export const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);

const HERE = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/i;

/** A page elsewhere can send requests to this machine, and with a name that leads here even read the answers; then a header names it. */
export const isOfPageElsewhere = ({ host = '', origin }: IncomingHttpHeaders): boolean =>
  !HERE.test(host) || (origin !== undefined && !HERE.test(origin.replace(/^\w+:\/\//, '')));
