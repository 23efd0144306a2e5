/** Where a Kestrel server listens: for the memcache protocol, for the line protocol, and for its HTTP admin. */
const KESTREL_PORTS = { memcache: 22133, text: 2222, admin: 2223 } as const;

/** As {@link addressOf}, and a host without a port too: then it is Kestrel's. A flag that stands alone means this machine. */
export function kestrelAddressOf(text: string, speaks: keyof typeof KESTREL_PORTS = 'memcache'): ReturnType<typeof addressOf> {
  const port = KESTREL_PORTS[speaks];
  return text === 'true' ? addressOf(String(port)) : (addressOf(text) ?? addressOf(`${text}:${port}`));
}

/** Where to listen: `HOST:PORT`, `[::1]:PORT`, or a port of this machine alone; `undefined` when it is none of these. */
export function addressOf(text: string): { readonly host: string; readonly port: number } | undefined {
  const [, bracketed, plain, digits = ''] = /^(?:\[([0-9A-Fa-f:.]+)\]:|([A-Za-z0-9.-]{1,253}):)?(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  return digits === '' || port > 65_535 ? undefined : { host: bracketed ?? plain ?? '127.0.0.1', port };
}
