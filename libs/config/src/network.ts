import { makeField, refuse, type Field, type FieldOptions, type Kind, type Value } from './field';

const MAX_PORT = 65_535;
const DIGITS = /^\d{1,5}$/;

function portNumber(raw: string): number {
  if (DIGITS.test(raw) && Number(raw) <= MAX_PORT) return Number(raw);
  return refuse(`"${raw}" is not a port (0 to ${MAX_PORT})`);
}

/**
 * A TCP port; 0 lets the system choose one. With `off: true` an empty variable switches the listener off, and the value
 * is null.
 */
export const port = <const O extends FieldOptions<number> & { off?: true }>(
  env: string,
  options: O,
): Field<Value<number, O>> => {
  const type = options.off ? 'port, empty for off' : 'port';
  const field = makeField<number, O>(env, { type, parse: portNumber }, options);
  if (!options.off) return field;
  const off: Field<number | null | undefined> = {
    ...(field as Field<number | null | undefined>),
    empty: { value: null },
    show: (value) => (value == null ? '' : String(value)),
  };
  return off as Field<Value<number, O>>;
};

/** A host and a port. */
export interface Address {
  /** A name or an IP address; IPv6 without brackets. */
  readonly host: string;
  /** 0 to 65535. */
  readonly port: number;
}

const ADDRESS = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+)):(\d{1,5})$/;

/** Reads `host:port` or `[ipv6]:port`; null when it is neither. */
export function parseAddress(raw: string): Address | null {
  const [, ipv6, name, digits] = ADDRESS.exec(raw) ?? [];
  const host = ipv6 ?? name;
  if (host === undefined || Number(digits) > MAX_PORT) return null;
  return { host, port: Number(digits) };
}

/** `host:port`, with an IPv6 address in brackets. */
export const formatAddress = ({ host, port }: Address): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;

/** The `host:port` of a peer, as text (what gRPC channels take); `parseAddress` takes it apart. */
export const address = <const O extends FieldOptions<string>>(env: string, options: O): Field<Value<string, O>> => {
  const parse = (raw: string): string =>
    parseAddress(raw) ? raw : refuse(`"${raw}" is not an address such as localhost:7400`);
  return makeField<string, O>(env, { type: 'host:port', parse }, options);
};

/** The addresses of one or several peers that can stand in for each other, separated by commas; at least one. */
export const addresses = <const O extends FieldOptions<readonly string[]>>(
  env: string,
  options: O,
): Field<Value<readonly string[], O>> => {
  const parse = (raw: string): readonly string[] => {
    const all = raw.split(',').map((each) => each.trim());
    const wrong = all.filter((each) => parseAddress(each) === null);
    if (wrong.length > 0) refuse(...wrong.map((each) => `"${each}" is not an address such as localhost:7400`));
    return [...new Set(all)];
  };
  const kind: Kind<readonly string[]> = { type: 'host:port, several by commas', parse, show: (all) => all.join(',') };
  return makeField<readonly string[], O>(env, kind, options);
};

/** A host to listen on: a name or an IP address without a port. */
export const host = <const O extends FieldOptions<string>>(env: string, options: O): Field<Value<string, O>> => {
  const parse = (raw: string): string => (/^[0-9A-Za-z._:-]+$/.test(raw) ? raw : refuse(`"${raw}" is not a host`));
  return makeField<string, O>(env, { type: 'host', parse }, options);
};

/** A URL with one of `protocols` (`['rediss:', 'redis:']`), as text. A password in it is redacted when printed. */
export const url = <const O extends FieldOptions<string> & { protocols: readonly string[] }>(
  env: string,
  options: O,
): Field<Value<string, O>> => {
  const listed = options.protocols.map((each) => `${each}//`).join(' or ');
  const parse = (raw: string): string => {
    const protocol = URL.canParse(raw) ? new URL(raw).protocol : refuse('is not a URL');
    return options.protocols.includes(protocol) ? raw : refuse(`is not a URL that begins with ${listed}`);
  };
  return makeField<string, O>(env, { type: `URL, ${listed}`, parse, show: withoutPassword }, options);
};

function withoutPassword(value: string): string {
  const parsed = new URL(value);
  if (parsed.password !== '') parsed.password = 'redacted';
  return parsed.href;
}
