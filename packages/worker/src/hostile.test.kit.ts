const refuse = (): never => {
  throw new Error('not to be shown');
};

/** What a handler may throw and nobody can turn into text. */
export const hostile: readonly { readonly what: string; readonly thrown: () => unknown }[] = [
  { what: 'an object without a prototype', thrown: () => Object.create(null) },
  { what: 'an object whose toString throws', thrown: () => ({ toString: refuse }) },
  {
    what: 'an object whose members throw',
    thrown: () => Object.defineProperties({}, { message: { get: refuse }, retryable: { get: refuse } }),
  },
  { what: 'a proxy that refuses', thrown: () => new Proxy({}, { get: refuse, getPrototypeOf: refuse, ownKeys: refuse }) },
];
