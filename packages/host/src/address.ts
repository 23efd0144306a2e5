/** Where a Kestrel server listens. */
const KESTREL_PORT = 22133;

/** As {@link addressOf}, and a host without a port too: then it is Kestrel's. A flag that stands alone means this machine. */
export function kestrelAddressOf(text: string): ReturnType<typeof addressOf> {
  if (text === 'true') return addressOf(String(KESTREL_PORT));
  return addressOf(text) ?? addressOf(`${text}:${KESTREL_PORT}`);
}

/** Where to listen: `HOST:PORT`, `[::1]:PORT`, or a port of this machine alone; `undefined` when it is none of these. */
export function addressOf(text: string): { readonly host: string; readonly port: number } | undefined {
  const [, bracketed, plain, digits = ''] = /^(?:\[([0-9A-Fa-f:.]+)\]:|([A-Za-z0-9.-]{1,253}):)?(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  return digits === '' || port > 65_535 ? undefined : { host: bracketed ?? plain ?? '127.0.0.1', port };
}
